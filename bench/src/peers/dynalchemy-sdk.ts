import type { Open } from "../contestant.js";
import { openWith } from "./dynalchemy.js";

/** Items read and written by the SDK, as where a middleware or logger of the user's may look at them. */
export const open: Open = (equipment) => openWith(equipment, { wire: "sdk" });
