"use strict";
// Everything that comes from a scan is set as text, never as markup.
const BANDS = ["critical", "high", "medium", "low", "note"];
const PAGE = 200;

function make(tag, props, ...children) {
  const node = document.createElement(tag);
  Object.assign(node, props);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

async function load(id) {
  const packed = atob(document.getElementById(id).textContent.trim());
  const bytes = Uint8Array.from(packed, (c) => c.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return JSON.parse(await new Response(stream).text());
}

function count(items, word) {
  return `${items} ${word}${items === 1 ? "" : "s"}`;
}

function bandsOf(findings) {
  return BANDS.map((band) => [band, findings.filter((f) => f.band === band && !f.left).length])
    .filter(([, number]) => number > 0);
}

function placeOf(finding) {
  const place = finding.locations.find((l) => l.path) || finding.locations[0];
  if (!place) return "";
  return place.path ? place.path + (place.region ? `:${place.region.start_line}` : "") : place.logical || "";
}

function rows(head, lines) {
  const row = (cells, tag) => make("tr", {}, ...cells.map((cell) => make(tag, { textContent: cell })));
  return make("table", {}, row(head, "th"), ...lines.map((line) => row(line, "td")));
}

function exceptionFor(finding, data) {
  const day = (offset) => new Date(Date.parse(data.now) + offset * 864e5).toISOString().slice(0, 10);
  return ["[[exception]]", `fingerprint = "${finding.fingerprint}"`,
    'kind = "accepted-risk" # or false-positive, break-glass, migrating', 'owner = ""', 'approver = ""',
    'reason = ""', 'ticket = ""', `created = ${day(0)}`, `expires = ${day(90)}`, ""].join("\n");
}

function shape(tag, attributes, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Each clock as a bar that ends where it stops; the upright line is now.
function clocksNode(clocks, now) {
  const gone = ["disabled", "removed"].includes(clocks.directory.status);
  const rows = [
    ["approval", clocks.approval ? clocks.approval.ends : "none", clocks.approval ? clocks.approval.record : "none on record"],
    ["credential", clocks.credential, ""],
    ["directory", gone ? clocks.directory.since : clocks.directory.status === "active" ? null : undefined, clocks.directory.status],
  ];
  const dates = rows.map(([, end]) => Date.parse(end)).filter((at) => !Number.isNaN(at)).concat(Date.parse(now));
  const [first, last] = [Math.min(...dates), Math.max(...dates)];
  const room = Math.max(last - first, 864e5 * 30) * 0.2;
  const x = (at) => 90 + (420 * (at - first + room)) / (last - first + 2 * room);
  const svg = shape("svg", { viewBox: "0 0 760 72", role: "img", class: "clocks" });
  rows.forEach(([name, end, about], i) => {
    const y = 6 + i * 20;
    const at = Date.parse(end);
    const stops = !Number.isNaN(at);
    const kind = end === "none" ? "none" : stops ? (at < Date.parse(now) ? "over" : "runs") : end === null ? "runs" : "unknown";
    const words = end === "none" ? "none" : stops ? end.slice(0, 10) : end === null ? (name === "directory" ? "" : "never ends") : "not known";
    svg.append(shape("text", { x: 0, y: y + 11 }, name),
      shape("rect", { x: 90, y, width: Math.max(2, end === "none" ? 2 : (stops ? x(at) : 510) - 90), height: 13, rx: 3, class: kind }),
      shape("text", { x: 518, y: y + 11 }, [words, about].filter(Boolean).join(" ")));
  });
  const middle = x(Date.parse(now));
  svg.append(shape("line", { x1: middle, x2: middle, y1: 0, y2: 62, class: "now" }), shape("text", { x: middle - 12, y: 72 }, "now"));
  return svg;
}

function findingDetails(finding, data) {
  const rule = data.rules[finding.rule];
  const inner = make("div", { className: "inner" });
  const say = (label, text) => text && inner.append(make("p", {}, make("b", { textContent: `${label} ` }), text));
  inner.append(make("p", { textContent: rule.summary, className: "dim" }));
  for (const place of finding.locations) {
    say("At", [placeOf({ locations: [place] }), place.path ? place.logical : null].filter(Boolean).join(" · "));
  }
  if (finding.clocks) inner.append(clocksNode(finding.clocks, data.now));
  for (const step of finding.steps || []) say("Step", `${step.text} (${placeOf({ locations: [step.location] })})`);
  for (const note of finding.related || []) say("See also", `${note.text} (${placeOf({ locations: [note.location] })})`);
  if (finding.fix) inner.append(make("p", {}, make("b", { textContent: "Fix" })), make("pre", { textContent: finding.fix }));
  say("Would lower it", finding.counterfactual);
  if (finding.bands.min !== finding.bands.max) say("Between", `${finding.bands.min} and ${finding.bands.max}, because parts of the vector are not known`);
  if (finding.left) {
    const left = finding.left;
    say("Left", `until ${left.until} by ${left.owner}${left.approver ? `, approved by ${left.approver}` : ""}: ${left.reason}${left.ticket ? ` (${left.ticket})` : ""}`);
  }
  inner.append(rows(["Component", "Value", "Because"], Object.entries(finding.vector).map(([name, level]) =>
    [name, level.min === level.max ? `${level.min}` : `${level.min} to ${level.max}`, level.because || "not known"])));
  say("Evidence", finding.evidence.join(", "));
  say("Finding", finding.fingerprint);
  say("Frameworks", [...rule.nhi, ...rule.cwe].join(", "));
  inner.append(make("details", {}, make("summary", { textContent: "About the rule" }),
    make("div", { className: "inner" }, make("pre", { textContent: rule.help }))));
  if (!finding.left) {
    const button = make("button", { type: "button", textContent: "As an exception" });
    button.addEventListener("click", () => button.replaceWith(make("pre", { textContent: exceptionFor(finding, data) })));
    inner.append(button);
  }
  return inner;
}

function lazily(details, fill) {
  details.addEventListener("toggle", () => {
    if (details.open && !details.dataset.filled) {
      details.dataset.filled = "yes";
      fill();
    }
  });
  return details;
}

function findingNode(finding, data) {
  const state = finding.state === "new" ? " (new)" : "";
  const details = make("details", { className: finding.left ? "left" : "" }, make("summary", {},
    make("span", { className: `band ${finding.band}`, textContent: finding.band + state }),
    make("span", { className: "message", textContent: finding.message }),
    make("code", { className: "dim", textContent: placeOf(finding) })));
  return lazily(details, () => details.append(findingDetails(finding, data)));
}

function paged(target, items, node) {
  let shown = 0;
  const more = make("button", { type: "button" });
  const next = () => {
    const batch = items.slice(shown, shown + PAGE).map(node);
    shown += batch.length;
    more.remove();
    target.append(...batch);
    if (shown < items.length) {
      more.textContent = `${items.length - shown} more`;
      target.append(more);
    }
  };
  more.addEventListener("click", next);
  next();
}

function identityNode([name, findings], data) {
  const details = make("details", {}, make("summary", {},
    make("span", { className: "name", textContent: name }),
    ...bandsOf(findings).map(([band, number]) => make("span", { className: `band ${band}`, textContent: `${number} ${band}` })),
    make("span", { className: "dim", textContent: [...new Set(findings.map((f) => f.source))].join(", ") })));
  return lazily(details, () => paged(details, findings, (finding) => findingNode(finding, data)));
}

function byIdentity(findings) {
  const groups = new Map();
  for (const finding of findings) {
    if (!groups.has(finding.identity)) groups.set(finding.identity, []);
    groups.get(finding.identity).push(finding);
  }
  const rank = (finding) => (finding.left ? BANDS.length : BANDS.indexOf(finding.band));
  const worst = ([, list]) => rank(list[0]);
  for (const list of groups.values()) list.sort((a, b) => rank(a) - rank(b));
  return [...groups].sort((a, b) => worst(a) - worst(b) || b[1].length - a[1].length || (a[0] < b[0] ? -1 : 1));
}

function show(data) {
  const list = document.getElementById("identities");
  const search = document.getElementById("search");
  const bar = document.getElementById("bands");
  const on = new Set(BANDS);
  let left = false;
  const draw = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kept = data.findings.filter((finding) => on.has(finding.band) && (left || !finding.left) &&
      words.every((word) => finding.text.includes(word)));
    list.replaceChildren();
    const groups = byIdentity(kept);
    document.getElementById("count").textContent =
      `${count(kept.length, "finding")} on ${groups.length === 1 ? "1 identity" : `${groups.length} identities`}`;
    paged(list, groups, (group) => identityNode(group, data));
  };
  const toggle = (label, className, pressed, flip) => {
    const button = make("button", { type: "button", className, textContent: label });
    button.setAttribute("aria-pressed", String(pressed));
    button.addEventListener("click", () => {
      button.setAttribute("aria-pressed", String(flip()));
      draw();
    });
    bar.append(button);
  };
  for (const band of BANDS) {
    const number = data.findings.filter((finding) => finding.band === band && !finding.left).length;
    toggle(`${number} ${band}`, `band ${band}`, true, () => {
      on.has(band) ? on.delete(band) : on.add(band);
      return on.has(band);
    });
  }
  const leftCount = data.findings.filter((finding) => finding.left).length;
  if (leftCount) toggle(`${leftCount} left by decision`, "", false, () => (left = !left));
  let waiting;
  search.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(draw, 120);
  });
  const coverage = document.getElementById("coverage");
  coverage.append(rows(["Source", "Read"], data.sources.map((source) =>
    [source.name, source.failed ? "could not be read: nothing follows from the absence of findings" :
      source.unread ? `yes, but for ${count(source.unread, "part")}` : "yes"])));
  if (data.unread.length) {
    coverage.append(make("h2", { textContent: "Not read" }),
      rows(["Part", "Why", "What would mend it"], data.unread.slice(0, 1000)));
    if (data.unread.length > 1000) coverage.append(make("p", { textContent: `${data.unread.length - 1000} more parts` }));
  }
  if (data.gaps.length) {
    coverage.append(make("h2", { textContent: "Not decided" }), rows(["Rule", "System", "Why"], data.gaps));
  }
  draw();
}

(async () => {
  const data = await load("head");
  data.findings = await load("findings");
  for (const finding of data.findings) {
    const rule = data.rules[finding.rule];
    finding.left = finding.suppression;
    finding.source = finding.source.tenant ? `${finding.source.system}/${finding.source.tenant}` : finding.source.system;
    finding.text = [finding.identity, finding.message, finding.rule, finding.variant, rule.title, finding.fingerprint,
      ...rule.nhi, ...rule.cwe, ...finding.locations.map((l) => `${l.path || ""} ${l.logical || ""}`)].join(" ").toLowerCase();
  }
  show(data);
})().catch((error) => {
  document.getElementById("count").textContent = `This report could not be shown: ${error.message}`;
});
