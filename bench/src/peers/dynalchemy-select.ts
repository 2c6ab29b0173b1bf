import { Engine } from "dynalchemy";
import type { Open } from "../contestant.js";
import { attributes, forum } from "../items.js";
import { Post } from "./dynalchemy-model.js";

/** Plain typed rows; all attributes are selected, so that the work is the same. */
export const open: Open = ({ client }) => {
  const engine = new Engine({ client: client() });
  return {
    async query() {
      const query = engine.session().query(Post).key({ forum });
      return { items: await query.select(...attributes).all() };
    },
    plain: (item) => item,
  };
};
