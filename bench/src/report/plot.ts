import { baseline, contestants } from "../contestants.js";
import { operations } from "../operations.js";
import type { Results } from "../results.js";

const labelWidth = 250;
const barWidth = 420;
const rowHeight = 17;
const headHeight = 34;
/** Longer bars end here, with their figure beside them. */
const longestRatio = 4;

/** Times as bars beside the DocumentClient's, 1 KB items; it follows the reader's light or dark theme. */
export function plot({ comparisons }: Results): string {
  const comparison = comparisons.find(
    ({ size, transport }) => size === "large" && transport === "none",
  );
  const parts: string[] = [];
  let y = 30;
  for (const { id, label } of operations) {
    parts.push(text(0, y + 16, label, "head"));
    y += headHeight - 10;
    for (const contestant of contestants) {
      const figure = comparison?.figures.find(
        (each) => each.contestant === contestant.id && each.operation === id,
      );
      if (figure === undefined) continue;
      const length = (Math.min(figure.ratio, longestRatio) / longestRatio) * barWidth;
      const kind = contestant.id.startsWith("dynalchemy")
        ? "ours"
        : contestant.id === baseline
          ? "base"
          : "other";
      parts.push(
        text(labelWidth - 8, y + 12, contestant.label.replaceAll("`", ""), "name"),
        `<rect class="${kind}" x="${labelWidth}" y="${y + 2}" width="${length.toFixed(1)}" height="${rowHeight - 4}" rx="2"/>`,
        text(labelWidth + length + 6, y + 12, figure.ratio.toFixed(2), "value"),
      );
      y += rowHeight;
    }
    y += 12;
  }
  const one = labelWidth + barWidth / longestRatio;
  const width = labelWidth + barWidth + 60;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" width="${width}" height="${y}" role="img">
<title>CPU time beside the DocumentClient's, 1 KB items; less is better</title>
<style>
text { font: 12px system-ui, sans-serif; fill: #24292f; }
.head { font-weight: 600; font-size: 13px; }
.name { text-anchor: end; }
.ours { fill: #1a7f37; } .base { fill: #57606a; } .other { fill: #afb8c1; }
line { stroke: #57606a; stroke-dasharray: 3 3; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.ours { fill: #3fb950; } .base { fill: #9198a1; } .other { fill: #4a525c; }
line { stroke: #9198a1; }
}
</style>
${text(0, 16, "CPU time beside the DynamoDBDocumentClient's (1.00), 1 KB items; shorter is better", "head")}
<line x1="${one}" x2="${one}" y1="30" y2="${y - 8}"/>
${parts.join("\n")}
</svg>
`;
}

function text(x: number, y: number, content: string, kind: string): string {
  const escaped = content.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
  return `<text class="${kind}" x="${x.toFixed(1)}" y="${y}">${escaped}</text>`;
}
