// Filters, searches and lists the findings that the page holds as data.
(() => {
  const get = (id) => document.getElementById(id);
  const [data, list, form] = [get("data"), get("list"), get("filters")];
  if (!data || !form) return;
  const { roots, findings: all } = JSON.parse(data.textContent);
  const STEP = 100;
  // As many are listed at once, and printed.
  const MOST = 5000;
  const ORDER = {
    severity: ["critical", "high", "medium", "low"],
    kind: ["secret", "access", "area", "command", "egress", "logging", "safeguard", "scope", "text", "policy"],
    status: ["fails", "warns", "set aside"],
  };
  const GROUPS = Object.keys(ORDER);
  const number = (n) => n.toLocaleString("en");

  all.forEach((finding, place) => {
    const area = finding.area ? [finding.area.name, ...finding.area.owners, ...finding.area.evidence,
      finding.area.answer || ""] : [];
    const access = finding.access ? Object.values(finding.access).flat(2) : [];
    finding.place = place;
    finding.id = "f-" + finding.fingerprint + (finding.twin ? "-" + finding.twin : "");
    finding.words = [
      finding.path + ":" + finding.line, finding.rule, finding.title, finding.message, finding.excerpt.join(""),
      finding.fingerprint, finding.remedy, finding.aside || "", ...area, ...access,
    ].join("\n").toLowerCase();
  });
  const byFile = [...all].sort((a, b) => {
    if (a.path !== b.path) return a.path < b.path ? -1 : 1;
    return a.line - b.line || a.column - b.column || a.place - b.place;
  });

  // What can be chosen.
  const chips = {};
  GROUPS.forEach((group) => {
    const there = new Set(all.map((finding) => finding[group]));
    chips[group] = ORDER[group].filter((value) => there.has(value)).map((value) => {
      const box = node("input");
      box.type = "checkbox";
      box.value = value;
      box.name = group;
      const count = node("span", "number");
      get(group).append(node("label", "chip " + value.replace(" ", "-"), box, " ", node("span", "", value), " ", count));
      return { value, count };
    });
  });
  const options = (id, names) => {
    get(id).append(...names.map((name) => {
      const option = node("option", "", name);
      option.value = name;
      return option;
    }));
    if (names.length === 0) get(id).closest("label").hidden = true;
  };
  options("root", roots);
  options("area", [...new Set(all.filter((finding) => finding.area).map((finding) => finding.area.name))].sort());

  // What is chosen is what the form says, also where the browser filled it in again.
  const choice = () => new URLSearchParams([...new FormData(form)].filter(([, value]) => value !== ""));
  const choose = (text) => {
    const wanted = new URLSearchParams(text);
    [...form.elements].filter((field) => field.name).forEach((field) => {
      if (field.type === "checkbox") field.checked = wanted.getAll(field.name).includes(field.value);
      else field.value = wanted.get(field.name) || "";
      if (field.selectedIndex < 0) field.selectedIndex = 0;
    });
  };

  let applied = null;
  let shown = [];
  let drawn = 0;

  const draw = (end) => {
    const part = document.createDocumentFragment();
    shown.slice(drawn, end).forEach((finding) => part.append(card(finding)));
    list.append(part);
    list.classList.toggle("long", end > 2 * STEP);
    drawn = Math.max(drawn, Math.min(end, shown.length));
    const left = shown.length - drawn;
    get("more").hidden = left === 0;
    get("more").textContent = "Show " + Math.min(STEP, left) + " more of " + number(left);
    get("rest").hidden = left <= STEP || drawn >= MOST;
    get("rest").textContent = shown.length > MOST ? "Show the first " + number(MOST) : "Show all " + number(shown.length);
    get("count").textContent = number(shown.length) + " of " + number(all.length) + " fit" +
      (left ? " · first " + number(drawn) + " listed" : "");
  };

  const apply = () => {
    const now = choice();
    applied = now.toString();
    const words = (now.get("q") || "").toLowerCase().split(/\s+/).filter(Boolean);
    const [area, root] = [now.get("area"), now.get("root")];
    const chosen = GROUPS.map((group) => new Set(now.getAll(group)));
    const counts = GROUPS.map(() => new Map());
    shown = (now.get("order") ? byFile : all).filter((finding) => {
      if (area && !(finding.area && finding.area.name === area)) return false;
      if (root && !finding.path.startsWith(root + "/")) return false;
      if (!words.every((word) => finding.words.includes(word))) return false;
      const misses = GROUPS.map((group, at) => chosen[at].size > 0 && !chosen[at].has(finding[group]));
      const missed = misses.filter(Boolean).length;
      // A chip counts what the filters of all other groups let through.
      GROUPS.forEach((group, at) => {
        if (missed === (misses[at] ? 1 : 0)) counts[at].set(finding[group], (counts[at].get(finding[group]) || 0) + 1);
      });
      return missed === 0;
    });
    GROUPS.forEach((group, at) => chips[group].forEach(({ value, count }) => {
      count.textContent = number(counts[at].get(value) || 0);
    }));
    list.replaceChildren();
    drawn = 0;
    draw(STEP);
    get("none").hidden = shown.length > 0;
  };

  // The address holds the filters, or names a finding.
  let later = 0;
  const remember = () => {
    clearTimeout(later);
    later = setTimeout(() => {
      try {
        history.replaceState(null, "", applied ? "#" + applied : location.href.split("#")[0]);
      } catch {
        // Some browsers refuse that to a page that does it often. The filters work all the same.
      }
    }, 200);
  };
  const goTo = (id) => {
    const sought = all.find((finding) => finding.id === id);
    if (!sought) return;
    if (!shown.includes(sought)) clear();
    // So many elements take long: what is further down is searched for.
    if (shown.indexOf(sought) >= MOST) {
      choose("q=" + sought.fingerprint);
      apply();
    }
    draw(shown.indexOf(sought) + 1);
    get(id).scrollIntoView();
    get(id).focus({ preventScroll: true });
  };
  const clear = () => {
    choose("");
    apply();
  };
  const follow = () => {
    clearTimeout(later);
    const hash = location.hash.slice(1);
    if (hash.startsWith("f-")) goTo(hash);
    else if (hash === "" || hash.includes("=")) {
      choose(hash);
      if (choice().toString() !== applied) apply();
      if (hash) get("findings").scrollIntoView();
    }
  };

  // What was printed is said, and everything that can be is opened for it.
  const filters = () => {
    const now = choice();
    const said = GROUPS.filter((group) => now.has(group)).map((group) => now.getAll(group).join(" or "));
    ["root", "area"].filter((name) => now.has(name)).forEach((name) => said.push(name + " " + now.get(name)));
    if (now.has("q")) said.push("“" + now.get("q") + "”");
    return said.join(" · ");
  };
  let opened = [];
  addEventListener("beforeprint", () => {
    draw(Math.max(drawn, MOST));
    const [fit, only] = [number(shown.length) + " of " + number(all.length) + " findings", filters()];
    get("printed").textContent = fit + (only ? " fit the filters: " + only : "") +
      (drawn < shown.length ? ". The first " + number(drawn) + " are printed" : "") + ".";
    opened = [...document.querySelectorAll("main details:not([open])")];
    opened.forEach((part) => { part.open = true; });
  });
  addEventListener("afterprint", () => opened.forEach((part) => { part.open = false; }));

  const copied = async (button) => {
    let done = true;
    try {
      await navigator.clipboard.writeText(button.value);
    } catch {
      // A page without https may have no clipboard.
      const field = node("textarea");
      field.value = button.value;
      document.body.append(field);
      field.select();
      done = document.execCommand("copy");
      field.remove();
      button.focus();
    }
    get("told").textContent = button.textContent = done ? "copied" : "not copied";
    setTimeout(() => { get("told").textContent = ""; button.textContent = "copy"; }, 2000);
  };

  form.hidden = false;
  get("bare").remove();
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", () => {
    apply();
    remember();
  });
  // Reset by hand: the browser's own comes after the event, and the list would be of the old choice until then.
  get("clear").addEventListener("click", (event) => {
    event.preventDefault();
    clear();
    remember();
  });
  get("none-clear").addEventListener("click", () => {
    clear();
    remember();
    get("q").focus();
  });
  const further = (end) => () => {
    const next = drawn;
    draw(end());
    if (list.children[next]) list.children[next].focus({ preventScroll: true });
  };
  get("more").addEventListener("click", further(() => drawn + STEP));
  get("rest").addEventListener("click", further(() => MOST));
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copied(button);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea");
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      get("q").focus();
    }
  });
  const narrow = matchMedia("(max-width: 40rem)");
  const fold = () => { get("fold").open = !narrow.matches; };
  narrow.addEventListener("change", fold);
  fold();

  const isOfFilters = location.hash.includes("=");
  if (isOfFilters) choose(location.hash.slice(1));
  apply();
  if (!isOfFilters) goTo(location.hash.slice(1));
  addEventListener("hashchange", follow);
  // A browser that comes back may fill in the form after this script ran.
  addEventListener("pageshow", () => {
    if (choice().toString() === applied) return;
    apply();
    goTo(location.hash.slice(1));
  });
})();
