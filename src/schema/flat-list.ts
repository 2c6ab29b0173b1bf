import type { AttributeType } from "./attribute-type.js";
import { bringsOthers } from "./carried.js";
import { type FlatForm, isSlot, readSlot, scanSlot } from "./flat.js";
import { sign } from "./scan/sign.js";
import type { WireScanner } from "./scan/wire-scanner.js";

/** A list of these elements: the number of them, and behind it each. */
export function flatList(element: AttributeType): FlatForm {
  return element.flat === undefined ? listOfSlots(element) : listOfParts(element.flat);
}

/** Elements that take a slot each. */
function listOfSlots(element: AttributeType): FlatForm {
  const scanElement = (scanner: WireScanner) => {
    scanner.hold(scanSlot(scanner, element));
  };
  return {
    scan: (scanner) => scanElements(scanner, scanElement),
    read(item, at) {
      const first = at + 1;
      const end = first + (item[at] as number);
      if (element.isScalar) return item.slice(first, end);
      const list = new Array<unknown>(end - first);
      for (let place = first; place < end; place++) {
        list[place - first] = readSlot(item, place, element);
      }
      return list;
    },
    isSame(item, at, value) {
      if (!Array.isArray(value) || value.length !== item[at]) return false;
      for (let place = 0; place < value.length; place++) {
        const current: unknown = value[place];
        if (element.isScalar) {
          if (!Object.is(item[at + 1 + place], current)) return false;
        } else if (
          !isSlot(item, at + 1 + place, element, current) ||
          bringsOthers(item[at + 1 + place], current)
        ) {
          return false;
        }
      }
      return true;
    },
  };
}

/** Elements that are lists or maps: each flat in itself, after the place at which it ends. */
function listOfParts(element: FlatForm): FlatForm {
  const scanElement = (scanner: WireScanner) => {
    const at = scanner.hold(undefined);
    element.scan(scanner);
    scanner.held[at] = scanner.heldCount;
  };
  return {
    scan: (scanner) => scanElements(scanner, scanElement),
    read(item, at) {
      const list = new Array<unknown>(item[at] as number);
      let next = at + 1;
      for (let place = 0; place < list.length; place++) {
        list[place] = element.read(item, next + 1);
        next = item[next] as number;
      }
      return list;
    },
    isSame(item, at, value) {
      if (!Array.isArray(value) || value.length !== item[at]) return false;
      let next = at + 1;
      for (let place = 0; place < value.length; place++) {
        if (!element.isSame(item, next + 1, value[place])) return false;
        next = item[next] as number;
      }
      return true;
    },
  };
}

function scanElements(scanner: WireScanner, scanElement: (scanner: WireScanner) => void): number {
  scanner.open("L");
  scanner.take(sign.openList);
  const at = scanner.hold(0);
  let count = 0;
  if (!scanner.has(sign.closeList)) {
    do {
      scanElement(scanner);
      count += 1;
    } while (scanner.hasMore(sign.closeList));
  }
  scanner.take(sign.closeMap);
  scanner.held[at] = count;
  return at;
}
