// The filters of the chat: the chip above the question tells them, its panel sets them.  They stand
// in the page's address, so that a reload keeps them and a link brings them along; a hidden field
// hands them to the server with each question.
(() => {
  "use strict";
  const NAMES = ["source", "title", "since", "until", "path", "article"];
  const SHOWN = 40; // characters of a name that the chip shows
  const find = (selector, within = document) => within.querySelector(selector);
  const titles = new Map(); // of the articles that were suggested, by their paths
  const day = (text) => {
    const at = new Date(`${text}T00:00Z`);
    return !Number.isNaN(at.valueOf()) && at.toISOString().slice(0, 10) === text ? text : "";
  };
  // What the address says; what is no date there counts as left out.
  const asked = () => {
    const query = new URLSearchParams(location.search);
    const filters = Object.fromEntries(NAMES.map((name) => [name, query.get(name) || ""]));
    return { ...filters, since: day(filters.since), until: day(filters.until) };
  };

  const told = (bar, filters) => {
    const parts = NAMES.filter((name) => filters[name]).map((name) => {
      const value = name === "article" ? titles.get(filters.article) || filters.article : filters[name];
      const letters = [...value];
      const short = letters.length > SHOWN ? `${letters.slice(0, SHOWN).join("")}…` : value;
      return bar.dataset[name].split("{part}").join(short);
    });
    return parts.join(bar.dataset.between) || bar.dataset.all;
  };

  const show = (bar, filters) => {
    const text = told(bar, filters);
    const line = find(".yj-within-told", bar);
    if (line.textContent !== text) line.textContent = text;
    find(".yj-within-clear", bar).hidden = NAMES.every((name) => !filters[name]);
    const { source, since, until, place } = find("form", bar).elements;
    if (filters.source && ![...source.options].some((option) => option.value === filters.source)) {
      source.add(new Option(filters.source, filters.source));
    }
    source.value = filters.source;
    since.value = filters.since;
    until.value = filters.until;
    place.value = filters.article || filters.path;
  };

  const suggest = async (bar, words) => {
    const response = await fetch(`conversation/articles?${new URLSearchParams({ words })}`);
    if (!response.ok) return; // what is typed is a part of the path then
    const { articles } = await response.json();
    for (const { path, title } of articles) titles.set(path, title);
    const options = articles.map(({ path, title }) => {
      const option = new Option(title, path);
      option.label = title;
      return option;
    });
    find("datalist", bar).replaceChildren(...options);
  };

  const hand = (filters) => {
    const box = find("#yj-filters textarea, #yj-filters input");
    if (!box) return;
    const set = Object.entries(filters).filter(([, value]) => value);
    const text = set.length ? JSON.stringify(Object.fromEntries(set)) : "";
    if (box.value !== text) window.yinju.fill(box, text);
  };

  const apply = (bar, filters) => {
    const address = new URL(location.href);
    for (const name of NAMES) {
      if (filters[name]) address.searchParams.set(name, filters[name]);
      else address.searchParams.delete(name);
    }
    window.history.replaceState(window.history.state, "", address);
    show(bar, asked());
    hand(asked());
    find("details", bar).open = false;
    find("#yj-question textarea, #yj-question input").focus();
  };

  // Gradio makes the chip, and makes it anew in the reader's language.
  const look = () => {
    const bar = find(".yj-within");
    if (!bar) return;
    const filters = asked();
    if (!("ready" in bar.dataset)) {
      bar.dataset.ready = "";
      show(bar, filters);
      if (filters.article && !titles.has(filters.article)) {
        suggest(bar, filters.article).then(() => show(bar, asked()));
      }
    }
    hand(filters);
  };

  document.addEventListener("submit", (event) => {
    const form = event.target.closest(".yj-within form");
    if (!form) return;
    event.preventDefault();
    const { source, since, until, place } = form.elements;
    const chosen = place.value.trim();
    const isArticle = titles.has(chosen) || chosen === asked().article;
    apply(form.closest(".yj-within"), {
      ...asked(),
      source: source.value,
      since: since.value,
      until: until.value,
      path: isArticle ? "" : chosen,
      article: isArticle ? chosen : "",
    });
  });
  let typed = 0;
  document.addEventListener("input", (event) => {
    const place = event.target instanceof Element && event.target.closest(".yj-within [name=place]");
    if (!place) return;
    clearTimeout(typed);
    typed = setTimeout(() => suggest(place.closest(".yj-within"), place.value.trim()), 200);
  });
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const clear = target.closest(".yj-within-clear");
    if (clear) {
      apply(clear.closest(".yj-within"), Object.fromEntries(NAMES.map((name) => [name, ""])));
      return;
    }
    const open = find(".yj-within details[open]");
    if (open && !open.contains(target)) open.open = false;
  });
  document.addEventListener("keydown", (event) => {
    const open = event.key === "Escape" && find(".yj-within details[open]");
    if (!open || !open.contains(document.activeElement)) return;
    open.open = false;
    find("summary", open).focus();
  });
  new MutationObserver(look).observe(document.documentElement, { subtree: true, childList: true });
})();
