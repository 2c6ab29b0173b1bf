import type { ModelInfo } from "../../model/metadata.js";
import { ItemScan, type StoredItem } from "../../model/scanned-item.js";
import { sign, unexpected } from "../../schema/scan/sign.js";
import { type TextBytes, WireScanner } from "../../schema/scan/wire-scanner.js";
import { setOwn } from "../../schema/wire.js";
import type { AnswerScan } from "../aws/answer-body.js";
import { builtinModule } from "../builtin-module.js";

const itemScans = new WeakMap<ModelInfo, ItemScan | undefined>();

function itemScanOf(info: ModelInfo): ItemScan | undefined {
  if (!itemScans.has(info)) itemScans.set(info, ItemScan.of(info));
  return itemScans.get(info);
}

type BufferModule = Record<string, { from: MakeText }>;
type MakeText = (bytes: ArrayBufferLike, start: number, length: number) => TextBytes;

/** The same bytes with methods that make text of parts of them; `undefined` where the runtime has none. */
function textBytes({ buffer, byteOffset, byteLength }: Uint8Array): TextBytes | undefined {
  const builtIn = builtinModule("buffer") as BufferModule | undefined;
  return builtIn?.["Buffer"]?.from(buffer, byteOffset, byteLength);
}

/** Reads the pages of a query or scan; `undefined` where the model's items can't be scanned. */
export function scanOfPages(info: ModelInfo): AnswerScan | undefined {
  const scan = itemScanOf(info);
  if (scan === undefined) return undefined;
  return answerScan((scanner, name) => {
    if (name === "Items") return itemsOf(scanner, scan);
    return name === "LastEvaluatedKey" ? scanner.itemAt(scanner.at) : scanner.json();
  });
}

/** Reads the answers of a batch; `undefined` where no table's items can be scanned. */
export function scanOfBatch(infos: ReadonlyMap<string, ModelInfo>): AnswerScan | undefined {
  const scans = new Map([...infos].map(([table, info]) => [table, itemScanOf(info)]));
  if (![...scans.values()].some((scan) => scan !== undefined)) return undefined;
  return answerScan((scanner, name) => {
    // Of what came unprocessed there are keys to be read, and seldom many.
    if (name === "UnprocessedKeys") return leaveEmpty(scanner);
    if (name !== "Responses") return scanner.json();
    return members(scanner, (table) => {
      const scan = scans.get(table);
      if (scan === undefined) throw unexpected;
      return itemsOf(scanner, scan);
    });
  });
}

function leaveEmpty(scanner: WireScanner): object {
  const value = scanner.json() as object;
  if (Object.keys(value).length > 0) throw unexpected;
  return value;
}

/** An answer whose members a function reads. */
function answerScan(read: (scanner: WireScanner, member: string) => unknown): AnswerScan {
  return (bytes, decodeBase64) => {
    const text = textBytes(bytes);
    if (text === undefined) return undefined;
    try {
      const scanner = new WireScanner(text, decodeBase64);
      const answer = members(scanner, (name) => read(scanner, name));
      return scanner.isAtEnd ? answer : undefined;
    } catch (error) {
      if (error === unexpected) return undefined;
      throw error;
    }
  };
}

function members(scanner: WireScanner, read: (name: string) => unknown): object {
  const result: Record<string, unknown> = {};
  scanner.take(sign.openMap);
  if (scanner.has(sign.closeMap)) return result;
  do {
    const name = scanner.string();
    scanner.take(sign.colon);
    setOwn(result, name, read(name));
  } while (scanner.hasMore(sign.closeMap));
  return result;
}

function itemsOf(scanner: WireScanner, scan: ItemScan): StoredItem[] {
  const items: StoredItem[] = [];
  scanner.take(sign.openList);
  if (scanner.has(sign.closeList)) return items;
  do items.push(scan.read(scanner));
  while (scanner.hasMore(sign.closeList));
  return items;
}
