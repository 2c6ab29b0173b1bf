import { readFileSync } from "node:fs";
import { describe, expect, inject, it } from "vitest";
import {
  type Ability,
  describeOnLocal,
  engineHas,
  itOnLocal,
  missingFromDynalite,
} from "./engine-facts.js";

const ran: string[] = [];
const abilities = Object.keys(missingFromDynalite) as Ability[];

describeOnLocal("a suite for DynamoDB Local", () => {
  it("runs where the engine can do what it needs", () => {
    ran.push("suite");
    expect(inject("engine").kind).not.toBe("dynalite");
  });
});

itOnLocal("runs a test where the engine can do what it needs", () => {
  ran.push("test");
});

describe("the engine's abilities", () => {
  it("are lacking in dynalite alone", () => {
    const isDynalite = inject("engine").kind === "dynalite";
    expect(abilities.map(engineHas)).toEqual(abilities.map(() => !isDynalite));
    expect(ran).toEqual(isDynalite ? [] : ["suite", "test"]);
  });

  it("are told by inject, never looked up in the environment", () => {
    const source = readFileSync(new URL("./engine-facts.ts", import.meta.url), "utf8");
    expect(source).not.toContain("process.env");
  });
});
