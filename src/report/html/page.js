"use strict";
// Shows the findings that the page holds as data. Text goes into the page as text, never as markup.
(() => {
  const data = document.getElementById("data");
  const list = document.getElementById("list");
  if (!data || !list) return;
  const all = JSON.parse(data.textContent);
  const get = (id) => document.getElementById(id);
  const STEP = 100;
  const ORDER = {
    severity: ["critical", "high", "medium", "low"],
    kind: ["secret", "access", "area", "command", "egress", "logging", "safeguard", "scope", "text", "policy"],
    status: ["fails", "warns", "set aside"],
  };

  const node = (tag, name, ...children) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  };

  all.forEach((finding, place) => {
    const area = finding.area ? [finding.area.name, ...finding.area.owners, ...finding.area.evidence,
      finding.area.answer || ""] : [];
    const access = finding.access ? Object.values(finding.access) : [];
    finding.place = place;
    finding.words = [
      finding.path + ":" + finding.line, finding.rule, finding.title, finding.message, finding.excerpt.join(""),
      finding.fingerprint, finding.remedy, finding.aside || "", ...area, ...access,
    ].join("\n").toLowerCase();
  });
  const byFile = [...all].sort((a, b) => {
    if (a.path !== b.path) return a.path < b.path ? -1 : 1;
    return a.line - b.line || a.column - b.column || a.place - b.place;
  });

  const chosen = { severity: new Set(), kind: new Set(), status: new Set() };
  let shown = [];
  let drawn = 0;

  const chips = (group) => {
    const counts = new Map();
    all.forEach((finding) => counts.set(finding[group], (counts.get(finding[group]) || 0) + 1));
    ORDER[group].filter((value) => counts.has(value)).forEach((value) => {
      const box = node("input");
      box.type = "checkbox";
      box.value = value;
      box.name = group;
      const number = node("span", "number", counts.get(value).toLocaleString("en"));
      get(group).append(node("label", "chip " + value.replace(" ", "-"), box, node("span", "", value), number));
    });
  };

  const areas = () => {
    const names = new Set(all.filter((finding) => finding.area).map((finding) => finding.area.name));
    [...names].sort().forEach((name) => {
      const option = node("option", "", name);
      option.value = "=" + name;
      get("area").append(option);
    });
    if (names.size === 0) get("area").closest("label").hidden = true;
  };

  const arrow = (access) => {
    const change = node("p", "grant",
      node("span", "label", "before "), node("span", "before", access.before || "nothing"),
      node("span", "arrow", " → "),
      node("span", "label", "after "), node("span", "after", access.after || "nothing"));
    const who = node("p", "who", node("strong", "", access.subject), " · ", node("span", "", access.capability),
      node("span", "surface", access.surface));
    const depends = access.depends_on ? node("p", "dim", "Whether it gains anything depends on " + access.depends_on + ".") : null;
    return node("div", "access", who, change, depends);
  };

  const review = (area) => {
    const by = area.owners.length ? area.owners.join(", ") : "a person who knows it";
    const state = node("p", "answer " + area.review, node("strong", "", "Review " + area.review),
      area.answer ? ": " + area.answer : "");
    const who = node("p", "", "Area ", node("strong", "", area.name), ": review by ", node("strong", "", by),
      area.evidence.length ? " because of " + area.evidence.join(", ") : "");
    return node("div", "review", who, state);
  };

  const card = (finding) => {
    const head = node("h3", "", node("span", "badge " + finding.severity, finding.severity), " ", finding.title);
    const place = finding.path + ":" + finding.line + ":" + finding.column;
    const where = node("p", "where", node("code", "", place), finding.is_old ? node("span", "tag", "removed line") : null,
      node("span", "tag", finding.status), finding.confidence === "low" ? node("span", "tag", "low confidence") : null);
    const body = node("div", "body", finding.access ? arrow(finding.access) : null, finding.area ? review(finding.area) : null);
    if (finding.excerpt.join("")) {
      const [before, marked, after] = finding.excerpt;
      body.append(node("pre", "", node("code", "", before, marked ? node("mark", "", marked) : null, after)));
      body.lastChild.tabIndex = 0;
    }
    if (!finding.access) body.append(node("p", "", finding.message));
    else body.append(node("p", "dim", finding.message));
    body.append(node("p", "", node("strong", "", "What to do: "), finding.remedy));
    if (finding.aside) body.append(node("p", "review", "Set aside: " + finding.aside));
    const more = node("p", "dim", node("code", "", finding.rule), " · " + finding.kind + " · confidence " + finding.confidence + " · ",
      node("code", "", finding.fingerprint));
    if (finding.docs) {
      const link = node("a", "", "read more");
      link.href = finding.docs;
      link.rel = "noreferrer noopener";
      more.append(" · ", link);
    }
    if (finding.reasons) {
      const reasons = node("ul", "", ...finding.reasons.map((reason) => node("li", "", reason)));
      body.append(node("details", "", node("summary", "", "Why it is taken for a secret"), reasons));
    }
    body.append(more);
    return node("li", "finding " + (finding.aside ? "set-aside" : finding.severity), node("article", "", head, where, body));
  };

  const draw = () => {
    const part = document.createDocumentFragment();
    shown.slice(drawn, drawn + STEP).forEach((finding) => part.append(card(finding)));
    list.append(part);
    drawn = Math.min(drawn + STEP, shown.length);
    const left = shown.length - drawn;
    get("more").hidden = left === 0;
    get("more").textContent = "Show " + Math.min(STEP, left) + " more of " + left.toLocaleString("en");
  };

  const apply = () => {
    const words = get("q").value.toLowerCase().split(/\s+/).filter(Boolean);
    const area = get("area").value;
    const fits = (group, finding) => chosen[group].size === 0 || chosen[group].has(finding[group]);
    const source = get("order").value === "file" ? byFile : all;
    shown = source.filter((finding) =>
      fits("severity", finding) && fits("kind", finding) && fits("status", finding) &&
      (area === "" || (finding.area && "=" + finding.area.name === area)) &&
      words.every((word) => finding.words.includes(word)));
    list.replaceChildren();
    drawn = 0;
    draw();
    const number = (n) => n.toLocaleString("en");
    get("count").textContent = number(shown.length) + " of " + number(all.length) + " shown here";
  };

  Object.keys(ORDER).forEach(chips);
  areas();
  const form = get("filters");
  form.hidden = false;
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", (event) => {
    const { name, value, checked } = event.target;
    if (chosen[name]) chosen[name][checked ? "add" : "delete"](value);
    apply();
  });
  // Reset by hand: the browser's own comes after the event, and the list would be of the old choice until then.
  get("clear").addEventListener("click", (event) => {
    event.preventDefault();
    Object.values(chosen).forEach((set) => set.clear());
    form.reset();
    apply();
  });
  get("more").addEventListener("click", () => {
    const next = drawn;
    draw();
    const first = list.children[next];
    if (first) {
      first.tabIndex = -1;
      first.focus({ preventScroll: true });
    }
  });
  document.addEventListener("keydown", (event) => {
    const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      get("q").focus();
    }
  });
  apply();
})();
