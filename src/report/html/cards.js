"use strict";
// Makes the elements of one finding. Text goes into the page as text, never as markup.
const { node, card } = (() => {
  const node = (tag, name, ...children) => {
    const made = document.createElement(tag);
    if (name) made.className = name;
    made.append(...children.filter((child) => child !== null && child !== ""));
    return made;
  };
  const code = (text) => node("code", "", text);
  const tag = (text) => node("span", "tag", text);

  // Words between backticks are code.
  const prose = (text) => text.split(/`([^`]+)`/).map((part, at) => (at % 2 ? code(part) : part));

  const link = (name, text, href, label) => {
    const made = node("a", name, text);
    made.href = href;
    made.setAttribute("aria-label", label);
    return made;
  };

  const copy = (text) => {
    const made = node("button", "copy", "copy");
    made.type = "button";
    made.value = text;
    made.setAttribute("aria-label", "copy " + text);
    return made;
  };

  const row = ([what, before, after]) => node("p", "grant", node("span", "gained", what), " ",
    node("span", "unseen", "before "), node("span", "before", before || "nothing"), node("span", "arrow", " → "),
    node("span", "unseen", "after "), node("span", "after", after || "nothing"));

  const access = (gain) => node("div", "access",
    node("p", "who", node("span", "surface", gain.surface), " · ", node("strong", "", gain.subject), " ", gain.verb),
    ...gain.rows.map(row),
    gain.more ? node("p", "dim", gain.more) : null,
    gain.depends_on ? node("p", "dim", "Whether it gains anything depends on ", ...prose(gain.depends_on), ".") : null);

  const review = (area) => {
    const by = area.owners.length ? area.owners.join(", ") : "a person who knows it";
    return node("div", "review",
      node("p", "", "Area ", node("strong", "", area.name), ": review by ", node("strong", "", by),
        ...(area.evidence.length ? prose(" because of " + area.evidence.join(", ")) : [])),
      node("p", "", node("strong", "", "Review " + area.review), ...prose(area.answer ? ": " + area.answer : "")));
  };

  const where = (finding, place) => node("p", "where", code(place),
    ...(finding.is_old ? [" ", tag("removed line")] : []), " ", tag(finding.status),
    ...(finding.confidence === "low" ? [" ", tag("low confidence")] : []), " ", copy(place));

  const excerpt = ([before, marked, after]) =>
    node("pre", "", node("code", "", before, marked ? node("mark", "", marked) : null, after));

  const reasons = (all) => node("details", "", node("summary", "", "Why it is taken for a secret"),
    node("ul", "", ...all.map((reason) => node("li", "", reason))));

  const names = (finding) => {
    const made = node("p", "dim", code(finding.rule), " · " + finding.kind + " · confidence " + finding.confidence + " · ",
      code(finding.fingerprint), " ", copy(finding.fingerprint));
    if (finding.docs) {
      const more = link("", "read more", finding.docs, "read more about " + finding.rule);
      more.rel = "noreferrer noopener";
      made.append(" · ", more);
    }
    return made;
  };

  const card = (finding) => {
    const place = finding.path + ":" + finding.line + ":" + finding.column;
    const head = node("h3", "", node("span", "badge " + finding.severity, finding.severity), " ", finding.title, " ",
      link("here", "#", "#" + finding.id, "# link to " + place));
    const body = node("div", "body",
      finding.access ? access(finding.access) : null,
      finding.area ? review(finding.area) : null,
      finding.excerpt.join("") ? excerpt(finding.excerpt) : null,
      finding.message ? node("p", "", ...prose(finding.message)) : null,
      node("p", "", node("strong", "", "What to do:"), " ", ...prose(finding.remedy)),
      finding.aside ? node("p", "review", "Set aside: ", ...prose(finding.aside)) : null,
      finding.reasons ? reasons(finding.reasons) : null,
      names(finding));
    const made = node("li", "finding " + (finding.aside ? "set-aside" : finding.severity),
      node("article", "", head, where(finding, place), body));
    made.id = finding.id;
    made.tabIndex = -1;
    return made;
  };
  return { node, card };
})();
