/** What is heard of a take: drawn over its waveform, and in words. */

import { durationOf, type Heard, type Span, type Take } from "../audio/take";
import { h } from "../dom";
import { duration, ordinal } from "../words";

const TRIMMED_S = 0.15; // what is missing at the ends is not worth a word
// Names that stand closer than these shares of the width would run into each other.
const CROWDED = 0.06;
const CROWDED_WHERE_NARROW = 0.18;
const EDGE = 0.09; // nearer to an end, a name in the middle of its part would be cut off

/** What was not heard is dim; what was left out has its name, and each time that it was said its number. */
export function heardMarks(take: Take): HTMLElement {
  const { heard } = take;
  const seconds = durationOf(take);
  const marks = h("div", { class: "marks" });
  if (take.refused !== null) marks.append(over([0, seconds], seconds, "dim", null));
  if (!heard) return marks;
  for (const dim of [[0, heard.span[0]], [heard.span[1], seconds]] as const) marks.append(over(dim, seconds, "dim", null));
  let named = -Infinity;
  for (const { span, name, words, kind } of parts(heard)) {
    const at = (span[0] + span[1]) / 2 / seconds;
    const crowded = at - named < CROWDED ? " crowded" : at - named < CROWDED_WHERE_NARROW ? " crowded-where-narrow" : "";
    const edge = at < EDGE ? " first" : at > 1 - EDGE ? " last" : "";
    if (crowded !== " crowded") named = at;
    marks.append(over(span, seconds, `${kind}${crowded}${edge}`, words, h("b", { "aria-hidden": "true" }, name)));
  }
  return marks;
}

interface Part {
  span: Span;
  name: string;
  words: string;
  kind: "left-out" | "said" | "said used";
}

/** What has a name, in its order. */
function parts({ leftOut, repetitions, span }: Heard): Part[] {
  const all: Part[] = leftOut.map((one) => ({ span: one.span, name: one.kind, words: `Left out: a ${one.kind}, at ${duration(one.span[0])}`, kind: "left-out" }));
  repetitions.forEach((one, i) => {
    const used = one[0] === span[0];
    all.push({ span: one, name: String(i + 1), words: `Said the ${ordinal(i + 1)} time${used ? ", which is searched for" : ""}`, kind: used ? "said used" : "said" });
  });
  return all.sort((a, b) => a.span[0] - b.span[0]);
}

function over([start, end]: Span, seconds: number, classes: string, words: string | null, ...children: HTMLElement[]): HTMLElement {
  const element = h("span", { class: classes, role: words && "img", "aria-label": words, title: words }, ...children);
  element.style.left = `${(100 * start) / seconds}%`;
  element.style.width = `${(100 * Math.max(0, end - start)) / seconds}%`;
  return element;
}

/** "0.85 s heard of 2.60 s, in a room 42 dB below your voice. Left out: a click." */
export function heardWords(heard: Heard, cut: boolean): string {
  const { span, durationS, levelDb, roomDb, repetitions, leftOut } = heard;
  const lengthS = span[1] - span[0];
  const of = lengthS > durationS - TRIMMED_S ? "" : ` of ${cut ? "a piece of " : ""}${duration(durationS)}`;
  const room = roomDb === null ? "" : `, in a room ${Math.round(levelDb - roomDb)} dB below your voice`;
  const used = repetitions.findIndex(([start]) => start === span[0]) + 1;
  const said = repetitions.length ? ` Said ${repetitions.length} times: the ${ordinal(used)} is searched for.` : "";
  const without = leftOut.length ? ` Left out: ${listed(leftOut.map(({ kind }) => kind))}.` : "";
  return `${duration(lengthS)} heard${of}${room}.${said}${without}`;
}

/** "a click", "a click and a breath", "2 clicks and a breath". */
function listed(kinds: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const kind of kinds) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  const words = [...counts].map(([kind, n]) => (n === 1 ? `a ${kind}` : `${n} ${kind}s`));
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}
