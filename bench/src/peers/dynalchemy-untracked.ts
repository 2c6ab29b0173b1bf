import { Engine } from "dynalchemy";
import type { Open } from "../contestant.js";
import { forum } from "../items.js";
import { Post } from "./dynalchemy-model.js";

/** Instances that no session follows. */
export const open: Open = ({ client }) => {
  const engine = new Engine({ client: client() });
  return {
    async query() {
      return { items: await engine.session().query(Post).key({ forum }).untracked().all() };
    },
    plain: (item) => item,
  };
};
