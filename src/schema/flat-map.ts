import { plainBlank } from "./blank.js";
import { carriedBy } from "./carried.js";
import { type FlatForm, isSlot, readSlot, scanSlot } from "./flat.js";
import type { NamedMember } from "./map-type.js";
import { isPlainObject, type PlainObject } from "./plain-object.js";
import { NameScan } from "./scan/name-scan.js";
import { sign, unexpected } from "./scan/sign.js";

/** A map of these members, none of which has an inherited name: a slot for each. */
export function flatMap(members: readonly NamedMember[]): FlatForm {
  const names = new NameScan(members.map(({ name }) => name));
  const Blank = plainBlank(members.length) as new () => PlainObject;
  return {
    scan(scanner) {
      scanner.open("M");
      scanner.take(sign.openMap);
      const { held } = scanner;
      const at = scanner.reserve(members.length);
      let place = -1;
      if (!scanner.has(sign.closeMap)) {
        do {
          place = names.read(scanner, place);
          const member = members[place];
          // An undeclared one, or one that came before: decoding knows what to do.
          if (member === undefined || held[at + place] !== undefined) throw unexpected;
          held[at + place] = scanSlot(scanner, member.type);
        } while (scanner.hasMore(sign.closeMap));
      }
      scanner.take(sign.closeMap);
      for (let index = 0; index < members.length; index++) {
        const { isRequired } = members[index] as NamedMember;
        if (isRequired && held[at + index] === undefined) throw unexpected;
      }
      return at;
    },
    read(item, at) {
      const value = new Blank();
      for (let place = 0; place < members.length; place++) {
        const { name, type } = members[place] as NamedMember;
        const member = readSlot(item, at + place, type);
        if (member !== undefined) value[name] = member;
      }
      return value;
    },
    isSame(item, at, value) {
      if (!isPlainObject(value) || carriedBy(value) !== undefined) return false;
      let place = 0;
      // Members mostly come in their declared order. A loop over names reads values at half the price.
      for (const name in value) {
        while (members[place]?.name !== name) {
          if (place >= members.length || item[at + place] !== undefined) return false;
          place += 1;
        }
        const { type } = members[place] as NamedMember;
        if (!isSlot(item, at + place, type, value[name])) return false;
        place += 1;
      }
      for (; place < members.length; place++) if (item[at + place] !== undefined) return false;
      return true;
    },
  };
}
