// Uses a report page as a person does, in a real browser, and fails if anything is not as it should be.
// usage: node page.mjs MODULES PAGE EXPECTED [PICTURES]   (the folder of modules, the page, how many findings it lists, a folder for screenshots)
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const [modules, page_file, expected, pictures] = process.argv.slice(2);
const { chromium } = createRequire(resolve(modules, "here.js"))("playwright-core");
const total = Number(expected);
const name = process.env.BROWSER || "/usr/bin/chromium";
const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync"];
const browser = await chromium.launch({ executablePath: name, args: flags });

const context = await browser.newContext({ viewport: { width: 1200, height: 900 } });
const page = await context.newPage();
const troubles = [];
const asked = [];
page.on("pageerror", (error) => troubles.push("error: " + error.message));
page.on("console", (message) => message.type() === "error" && troubles.push("console: " + message.text()));
page.on("dialog", (dialog) => { troubles.push("dialog: " + dialog.message()); dialog.dismiss(); });
page.on("request", (request) => asked.push(request.url()));
const address = pathToFileURL(resolve(page_file)).href;
const began = performance.now();
await page.goto(address, { waitUntil: "load" });
await page.locator("#count").waitFor();
const opened = performance.now() - began;
const title = await page.title();

const count = async () => Number((await page.locator("#count").innerText()).split(" ")[0].replaceAll(",", ""));
const items = page.locator("#list > li");
const badges = async () => new Set(await page.locator("#list .badge").allInnerTexts());
const number = async (chip) => Number((await chip.locator(".number").innerText()).replaceAll(",", ""));

// Everything is there.
assert.equal(await count(), total);
assert.equal(await items.count(), Math.min(total, 100));

// Each filter shows what it says, as many as it says, and they add up.
for (const group of ["severity", "kind", "status"]) {
  let sum = 0;
  for (const chip of await page.locator(`#${group} .chip`).all()) {
    const [value, says] = [await chip.locator("input").getAttribute("value"), await number(chip)];
    await chip.click();
    assert.equal(await count(), says, `${group} ${value}`);
    if (group === "severity") assert.deepEqual(await badges(), new Set([value]));
    sum += says;
    await chip.click();
    assert.equal(await count(), total, `${group} ${value} switched off`);
  }
  assert.equal(sum, total, group);
}

// Two of a group are either, two groups are both.
const critical = page.locator("#severity .chip.critical");
const high = page.locator("#severity .chip.high");
if (await critical.count() && await high.count()) {
  await critical.click();
  await high.click();
  assert.equal(await count(), await number(critical) + await number(high));
  await page.locator("#filters [type=reset]").click();
  await page.waitForFunction((all) => document.getElementById("count").textContent.startsWith(all), total.toLocaleString("en"));
}

// The search is reached by `/`, also from a chip, and takes words of any case in any order.
await page.locator("#severity input").first().focus();
await page.keyboard.press("/");
assert.equal(await page.evaluate(() => document.activeElement.id), "q");
const first = await items.first().locator(".where code").innerText();
const path = first.replace(/:\d+:\d+$/, "");
const typing = performance.now();
await page.keyboard.insertText(path.toUpperCase());
await page.evaluate(() => new Promise(requestAnimationFrame));
const filtered = performance.now() - typing;
const found = await count();
assert.ok(found >= 1 && found <= total);
for (const place of await page.locator("#list .where code").allInnerTexts()) assert.ok(place.startsWith(path), place);
await page.locator("#q").fill("no such words anywhere in here");
assert.deepEqual([await count(), await items.count()], [0, 0]);
await page.locator("#q").fill("");
assert.equal(await count(), total);

// Where nothing fits, that is said, with the way back.
await page.locator("#q").fill("no such words anywhere in here");
assert.equal(await page.locator("#none").innerText(), "Nothing fits these filters. Clear filters");
for (const chip of await page.locator(".chip").all()) assert.equal(await number(chip), 0);
await page.locator("#none-clear").click();
assert.equal(await count(), total);
assert.equal(await page.locator("#none").isVisible(), false);

// The numbers of a group follow the filters of the others.
for (const chip of await page.locator("#severity .chip").all()) {
  const says = await number(chip);
  await chip.click();
  let sum = 0;
  for (const kind of await page.locator("#kind .chip").all()) sum += await number(kind);
  assert.equal(sum, says);
  await chip.click();
}

// Areas.
for (const option of await page.locator("#area option:not([value=''])").all()) {
  await page.locator("#area").selectOption(await option.getAttribute("value"));
  assert.ok(await count() >= 1);
  for (const item of await items.all()) assert.equal(await item.locator(".review").count(), 1);
}
if (await page.locator("#area").isVisible()) await page.locator("#area").selectOption("");

// By file: the order of paths.
const order = page.locator("#order");
await order.selectOption("file");
const places = (await page.locator("#list .where code").allInnerTexts()).map((place) => place.replace(/:\d+:\d+$/, ""));
assert.deepEqual(places, [...places].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
await page.locator("#filters [type=reset]").click();
await page.waitForFunction((all) => document.getElementById("count").textContent.startsWith(all), total.toLocaleString("en"));

// More of a long list, by the keyboard; the focus goes to what came. How much of it is listed is said.
const more = page.locator("#more");
const said = async () => page.locator("#count").innerText();
const all = total.toLocaleString("en");
if (total > 100) {
  assert.equal(await said(), `${all} of ${all} fit · first 100 listed`);
  await more.focus();
  await page.keyboard.press("Enter");
  assert.equal(await items.count(), Math.min(total, 200));
  assert.equal(await page.evaluate(() => [...document.querySelectorAll("#list > li")].indexOf(document.activeElement)), 100);
  if (total > 200) await page.locator("#rest").click();
  assert.equal(await items.count(), Math.min(total, 5000));
  assert.equal(await said(), total > 5000 ? `${all} of ${all} fit · first 5,000 listed` : `${all} of ${all} fit`);
} else {
  assert.equal(await said(), `${all} of ${all} fit`);
  assert.deepEqual([await more.isVisible(), await page.locator("#rest").isVisible()], [false, false]);
}

// What is shown is what is chosen, also where the browser filled the form in, and the address holds it.
const state = async () => [await page.locator("#filters").evaluate((form) => new URLSearchParams(new FormData(form)).toString()),
  await said(), await items.first().locator(".where code").innerText()];
await page.goto(address);
await page.locator("#severity .chip").first().click();
await order.selectOption("file");
await page.waitForFunction(() => location.hash === "#order=file&severity=" + document.querySelector("#severity input").value);
const before = await state();
await page.goto("about:blank");
await page.goBack();
assert.deepEqual(await state(), before);
await page.reload();
assert.deepEqual(await state(), before);
await page.evaluate(() => {
  document.querySelector("#severity input").checked = false;
  document.getElementById("order").value = "";
  dispatchEvent(new PageTransitionEvent("pageshow"));
});
assert.equal(await count(), total);

// A finding has an address, also where it is far down or the filters hide it, and no two have the same.
const ids = await page.evaluate(() => {
  document.getElementById("rest").click();
  return [...document.querySelectorAll("#list > li")].map((item) => item.id);
});
assert.equal(new Set(ids).size, ids.length);
const last = ids.at(-1);
const isThere = () => page.waitForFunction((id) => {
  const place = document.getElementById(id);
  return place === document.activeElement && place.getBoundingClientRect().top < innerHeight;
}, last);
await page.goto("about:blank");
await page.goto(`${address}#${last}`);
await isThere();
await page.locator("#q").fill("no such words anywhere in here");
await page.evaluate(() => history.replaceState(null, "", "#x"));
await page.evaluate((id) => { location.hash = id; }, last);
await isThere();
assert.equal(await count(), total);
await page.goto(address);
await items.first().locator("h3 a").click();
assert.equal(new URL(page.url()).hash, "#" + ids[0]);
assert.equal(await page.evaluate(() => document.activeElement.id), ids[0]);

// What a finding is called can be copied, with a clipboard and without.
for (const has of [true, false]) {
  if (has) await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  else await page.evaluate(() => Object.defineProperty(navigator, "clipboard", { value: undefined }));
  const button = items.first().locator(".copy").last();
  await button.click();
  await page.waitForFunction(() => document.getElementById("told").textContent === "copied");
  await page.locator("#q").fill("");
  await page.keyboard.press("Control+V");
  assert.equal(await page.locator("#q").inputValue(), await button.getAttribute("value"));
  await page.waitForFunction(() => document.getElementById("told").textContent === "");
}

// Of many roots one is shown by its link.
await page.goto(address);
for (const link of (await page.locator("#roots a").all()).slice(0, 3)) {
  await link.click();
  const root = await link.innerText();
  await page.waitForFunction((name) => document.getElementById("root").value === name, root);
  assert.ok(await count() >= 1 && await count() < total);
  for (const place of await page.locator("#list .where code").allInnerTexts()) assert.ok(place.startsWith(root + "/"), place);
}
await page.goto("about:blank");
await page.goto(address);

// Paper has every finding that fits, and says which filters are on.
const printed = page.locator("#printed");
await page.locator("#severity .chip").first().click();
const [fit, value] = [await count(), await page.locator("#severity input").first().getAttribute("value")];
await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
await page.emulateMedia({ media: "print", colorScheme: "dark" });
const words = `${fit.toLocaleString("en")} of ${all} findings fit the filters: ${value}`;
assert.equal(await printed.innerText(), fit > 5000 ? `${words}. The first 5,000 are printed.` : `${words}.`);
assert.equal(await items.count(), Math.min(fit, 5000));
assert.equal(await page.locator("main details:not([open])").count(), 0);
assert.equal(await page.evaluate(() => getComputedStyle(document.body).color), "rgb(27, 31, 36)");
assert.equal(await page.evaluate(() => [...document.querySelectorAll("pre")].filter((at) => at.scrollWidth > at.clientWidth).length), 0);
await page.emulateMedia({ media: "screen", colorScheme: "light" });
await page.evaluate(() => dispatchEvent(new Event("afterprint")));
await page.locator("#clear").click();
await page.waitForFunction(() => location.hash === "");

// The keyboard reaches every control, and the first stop skips to the findings.
await page.goto(address);
await page.keyboard.press("Tab");
assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
await page.keyboard.press("Enter");
assert.equal(await page.evaluate(() => document.activeElement.id), "list");
await page.goto("about:blank");
await page.goto(address);
await page.keyboard.press("Tab");
const controls = await page.locator("#filters input, #filters select, #filters button").count();
const reached = new Set();
for (let n = 0; n < controls + 20; n++) {
  await page.keyboard.press("Tab");
  reached.add(await page.evaluate(() => {
    const at = document.activeElement;
    return at.closest("#filters") ? [...document.querySelectorAll("#filters *")].indexOf(at) : -1;
  }));
}
reached.delete(-1);
const hidden = await page.evaluate(() => [...document.querySelectorAll("#filters input, #filters select, #filters button")]
  .filter((control) => control.offsetParent === null).length);
assert.equal(reached.size, controls - hidden, "controls that the keyboard reaches");

// A screen reader has a name for every control, one main part, and headings that skip no level.
const unnamed = await page.evaluate(() => [...document.querySelectorAll("input, select, button")]
  .filter((control) => !(control.labels && control.labels.length) && !control.getAttribute("aria-label") && !control.textContent.trim())
  .map((control) => control.outerHTML));
assert.deepEqual(unnamed, []);
assert.equal(await page.locator("[tabindex='0']").count(), 0);
// Copied, or read out, its words stand apart, and code is code.
assert.match(await items.first().locator(".where").innerText(), /:\d+:\d+ (removed line )?(fails|warns|set aside) /);
const ticked = await page.locator("#list .body p").allInnerTexts();
assert.deepEqual(ticked.filter((text) => /`[^`]+`/.test(text)), []);
assert.equal(await page.locator("main").count(), 1);
const levels = await page.evaluate(() => [...document.querySelectorAll("h1, h2, h3, h4")].map((h) => Number(h.tagName[1])));
levels.forEach((level, at) => assert.ok(at === 0 ? level === 1 : level <= levels[at - 1] + 1, `headings ${levels}`));
assert.ok(await page.locator("html").getAttribute("lang"));

// Text can be read: contrast of at least 4.5 in both schemes; nothing is wider than a narrow screen.
const contrast = () => page.evaluate(() => {
  const parse = (text) => (text.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => {
    const part = (v) => { v /= 255; return v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
    return 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
  };
  const behind = (at) => {
    for (; at; at = at.parentElement) {
      const colour = parse(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return parse(getComputedStyle(document.documentElement).backgroundColor).slice(0, 3);
  };
  const bad = [];
  for (const at of document.querySelectorAll("body *")) {
    const own = [...at.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !at.offsetParent || at.tagName === "SCRIPT") continue;
    const [front, back] = [light(parse(getComputedStyle(at).color)), light(behind(at))];
    const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
    if (ratio < 4.5) bad.push(`${at.tagName}.${at.className} ${at.textContent.slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return [...new Set(bad)].slice(0, 10);
});
for (const colorScheme of ["light", "dark"]) {
  await page.emulateMedia({ colorScheme });
  assert.deepEqual(await contrast(), [], colorScheme);
  if (pictures) await page.screenshot({ path: join(pictures, `${colorScheme}.png`), fullPage: total < 50 });
}
await page.setViewportSize({ width: 360, height: 800 });
assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= 360), "nothing is wider than a narrow screen");
await page.waitForFunction(() => !document.getElementById("fold").open);
if (pictures) await page.screenshot({ path: join(pictures, "narrow.png"), fullPage: total < 50 });

// Nothing of what is quoted ran, and nothing was loaded.
assert.equal(await page.title(), title);
assert.match(title, /^(Passed|Failed|Incomplete): .* · ringfence$/);
assert.equal(await page.locator("main img, main iframe, main object, main script").count(), 0);
assert.deepEqual(troubles, []);
assert.deepEqual(asked.filter((url) => url.split("#")[0] !== address), []);

// Without its script the page still tells the verdict, what was not read, and the worst findings.
const bare = await (await browser.newContext({ javaScriptEnabled: false })).newPage();
await bare.goto(address);
assert.ok((await bare.locator("h1").innerText()).length > 5 && await bare.locator("#coverage").isVisible());
assert.equal(await bare.locator("#list > li").count(), Math.min(total, 100));
const notice = await bare.locator("#bare").innerText();
assert.ok(total > 100 ? notice.startsWith(`The 100 worst of ${all} findings.`) : notice.startsWith("Filters and the search"), notice);
assert.deepEqual([await bare.locator("#filters").isVisible(), await page.locator("#bare").count()], [false, 0]);
// It says what the script says.
await page.goto(address);
const texts = (on) => on.evaluate(() => [...document.querySelectorAll("#list > li")].map((item) => {
  const copy = item.cloneNode(true);
  copy.querySelectorAll(".copy, .here, .unseen, details").forEach((part) => part.remove());
  return item.id + " " + copy.textContent.replace(/\s+/g, "");
}));
assert.deepEqual(await texts(bare), await texts(page));

await browser.close();
console.log(`${total} findings: opened in ${opened.toFixed(0)} ms, filtered in ${filtered.toFixed(0)} ms`);
