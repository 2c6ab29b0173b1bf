import { AttributeNotLoaded, model, t } from "dynalchemy";
import { describe, expect, it } from "vitest";
import { diffInstance } from "../../../src/model/diff-instance.js";
import { isGap } from "../../../src/model/gaps.js";
import { findState, type InstanceState } from "../../../src/model/instance-state.js";

class Post extends model("Post", {
  id: t.string().hashKey(),
  title: t.string(),
  views: t.integer().optional(),
}) {}

function refTo(id: string): { readonly post: Post; readonly state: InstanceState } {
  const post = Post.ref({ id });
  const state = findState(post);
  if (state === undefined) throw new Error("It has no state.");
  return { post, state };
}

describe("what wasn't loaded", () => {
  it("throws with the key of the very object, though all share its accessor", () => {
    const { post: a } = refTo("a");
    const { post: b } = refTo("b");
    const accessor = (post: Post) => Object.getOwnPropertyDescriptor(post, "title")?.get;
    expect(accessor(a)).toBe(accessor(b));
    for (const post of [b, a]) {
      expect(() => post.title).toThrow(AttributeNotLoaded);
      expect(() => post.title).toThrow(`{ id: "${post.id}" }`);
    }
  });

  it("is a value of that object alone once it is assigned", () => {
    const { post: a, state } = refTo("a");
    const { post: b, state: other } = refTo("b");
    a.title = "x";
    expect(Object.keys(a)).toEqual(["id", "title"]);
    expect([isGap(state, "title"), isGap(other, "title")]).toEqual([false, true]);
    expect(() => b.title).toThrow(AttributeNotLoaded);
  });

  it("can be assigned through a proxy of the object, as frameworks for user interfaces make them", () => {
    const { post, state } = refTo("a");
    const proxy = new Proxy(post, {});
    expect(() => proxy.title).toThrow(AttributeNotLoaded);
    expect(() => proxy.title).toThrow("Post.title");
    proxy.title = "x";
    expect(post.title).toBe("x");
    expect(diffInstance(state)).toEqual([{ op: "add", path: ["title"], value: "x" }]);
    expect(isGap(state, "title")).toBe(false);
  });

  it("stays unknown where the property is deleted", () => {
    const { post, state } = refTo("a");
    Reflect.deleteProperty(post, "views");
    expect(isGap(state, "views")).toBe(true);
    expect(diffInstance(state)).toEqual([]);
  });
});
