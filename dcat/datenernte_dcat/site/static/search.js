// Searches the catalogue in the browser, in the files that site/search/files.py describes.
// Words and stems are those of site/search/stemming.py; a test holds both to the same.

const WORD_LENGTH = 40;
const PREFIX_LENGTH = 3;
const PAGE = 20;
const WEIGHTS = [9, 4, 1];

export function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replaceAll("ß", "ss");
}

export function words(text, stopWords) {
  const found = folded(text).match(/[\p{L}\p{N}]+/gu) ?? [];
  return found
    .map((word) => Array.from(word).slice(0, WORD_LENGTH).join(""))
    .filter((word) => !stopWords.includes(word) && (word.length > 1 || /^\p{Nd}$/u.test(word)));
}

export function stem(word) {
  if (word.length >= 6 && word.startsWith("ge")) word = word.slice(2);
  word = word.replaceAll("sch", "$").replaceAll("ei", "%").replaceAll("ie", "&");
  word = word.replace(/(.)\1/gu, "$1*");
  while (word.length > 3) {
    if (word.length > 5 && /(em|er|nd)$/.test(word)) word = word.slice(0, -2);
    else if (/[tesn]$/.test(word)) word = word.slice(0, -1);
    else break;
  }
  word = word.replace(/(.)\*/gu, "$1$1");
  return word.replaceAll("%", "ei").replaceAll("&", "ie").replaceAll("$", "sch");
}

export function fileName(start) {
  if (/^[A-Za-z0-9]+$/.test(start)) return `w-${start}`;
  const bytes = new TextEncoder().encode(start);
  return "x-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

const cache = new Map();

function load(path) {
  if (!cache.has(path)) {
    const answer = fetch(new URL(path, import.meta.url)).then((response) => {
      if (!response.ok) throw new Error(`${response.status} ${path}`);
      return response.json();
    });
    answer.catch(() => cache.delete(path));
    cache.set(path, answer);
  }
  return cache.get(path);
}

function sums(differences) {
  let number = 0;
  return differences.map((step) => (number += step));
}

/** Numbers of the datasets that have the word, with the weight of the best place. */
async function matches(directory, word) {
  const wanted = stem(word);
  const start = directory.divided.includes(wanted.slice(0, 2)) ? wanted.slice(0, 3) : wanted.slice(0, 2);
  const found = new Map();
  if (!directory.words.includes(start)) return found;
  const shard = await load(`words/${fileName(start)}.json`);
  for (const [each, places] of Object.entries(shard)) {
    const exact = each === wanted;
    if (!exact && !(word.length >= PREFIX_LENGTH && each.startsWith(wanted))) continue;
    places.forEach((differences, place) => {
      const weight = WEIGHTS[place] * (exact ? 2 : 1);
      for (const number of sums(differences)) {
        if ((found.get(number) ?? 0) < weight) found.set(number, weight);
      }
    });
  }
  return found;
}

/** Numbers of all datasets that have every word and every chosen value, the best first. */
export async function search(directory, text, chosen) {
  const asked = Array.from(new Set(words(text, directory.stop_words)));
  const sets = await Promise.all(asked.map((word) => matches(directory, word)));
  for (const [name, value] of chosen) {
    const filter = directory.filters.find((one) => one.name === name);
    const entry = filter?.values.find((one) => one.value === value);
    const numbers = entry ? sums(await load(`filters/${entry.file}.json`)) : [];
    sets.push(new Map(numbers.map((number) => [number, 0])));
  }
  if (sets.length === 0) return [];
  sets.sort((one, other) => one.size - other.size);
  const found = [];
  for (const number of sets[0].keys()) {
    if (sets.every((set) => set.has(number))) {
      found.push([number, sets.reduce((sum, set) => sum + set.get(number), 0)]);
    }
  }
  found.sort((one, other) => other[1] - one[1] || one[0] - other[0]);
  return found.map(([number]) => number);
}

/** What the results show: id, title, publisher, municipality, formats, year. */
async function shown(directory, numbers) {
  const found = [];
  for (const number of numbers) {
    const start = number.toString(16).padStart(10, "0").slice(0, directory.digits);
    found.push(...(await load(`datasets/${start}.json`))[number]);
  }
  return found;
}

function element(name, text, attributes = {}) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  return made;
}

function resultItem(directory, [id, title, publisher, municipality, formats, year]) {
  const item = element("li");
  const heading = element("h3");
  const link = element("a", "", { href: new URL(`../datasets/${id}/index.html`, import.meta.url).href });
  link.append(element("bdi", title));
  heading.append(link);
  const place = directory.municipalities[municipality] ?? "";
  const facts = element("ul", "", { class: "facts" });
  for (const fact of [place, publisher === place ? "" : publisher, formats.join(", "), year && `Stand ${year}`]) {
    if (!fact) continue;
    const entry = element("li");
    entry.append(element("bdi", fact));
    facts.append(entry);
  }
  item.append(heading, facts);
  return item;
}

async function run(form, status, list, more) {
  const directory = await load("directory.json");
  for (const filter of directory.filters) {
    const select = form.elements.namedItem(filter.name);
    if (!select) continue;
    for (const value of filter.values) {
      const count = value.datasets.toLocaleString("de-DE");
      select.append(element("option", `${value.title} (${count})`, { value: value.value }));
    }
    select.closest("p").hidden = false;
  }
  const asked = new URLSearchParams(location.search);
  for (const [name, value] of asked) {
    const control = form.elements.namedItem(name);
    if (control) control.value = value;
  }

  let latest = 0;
  async function update(isNew) {
    const turn = ++latest;
    const values = Array.from(new FormData(form)).filter(([, value]) => value.trim() !== "");
    const text = values.find(([name]) => name === "q")?.[1] ?? "";
    const chosen = values.filter(([name]) => name !== "q");
    if (isNew) {
      const query = new URLSearchParams(values).toString();
      history.replaceState(null, "", query ? `?${query}` : location.pathname);
    }
    const numbers = await search(directory, text, chosen);
    const first = await shown(directory, numbers.slice(0, PAGE));
    if (turn !== latest) return;
    list.replaceChildren(...first.map((one) => resultItem(directory, one)));
    const count = numbers.length.toLocaleString("de-DE");
    if (text === "" && chosen.length === 0) status.textContent = "Geben Sie ein Wort ein, oder wählen Sie aus.";
    else if (numbers.length === 0) status.textContent = "Kein Datensatz passt. Versuchen Sie es mit weniger oder anderen Wörtern.";
    else status.textContent = numbers.length === 1 ? "Ein Datensatz passt." : `${count} Datensätze passen, die besten zuerst.`;
    let next = PAGE;
    more.hidden = numbers.length <= next;
    more.onclick = async () => {
      const added = await shown(directory, numbers.slice(next, next + PAGE));
      const items = added.map((one) => resultItem(directory, one));
      list.append(...items);
      next += PAGE;
      more.hidden = numbers.length <= next;
      items[0]?.querySelector("a").focus();
    };
  }

  const failed = (error) => {
    status.textContent = `Die Suche ist gerade nicht möglich (${error.message}). Bitte laden Sie die Seite neu.`;
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    update(true).catch(failed);
  });
  form.addEventListener("change", () => update(true).catch(failed));
  await update(false);
}

const form = globalThis.document?.querySelector("form[data-search]");
if (form) {
  const [status, list, more] = ["treffer-zahl", "treffer", "mehr"].map((id) => document.getElementById(id));
  form.hidden = false;
  run(form, status, list, more).catch((error) => {
    status.textContent = `Die Suche ist gerade nicht möglich (${error.message}). Bitte laden Sie die Seite neu.`;
  });
}
