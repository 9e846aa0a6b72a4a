// What the conversation asks of this page's own server: exports, feedback, what could be asked
// instead, and the prose of a language model.  And the copying of citations.
(() => {
  "use strict";
  const find = (selector, within = document) => within.querySelector(selector);
  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const turns = () => [...document.querySelectorAll("#yj-conversation .yj-turn[data-turn]")];
  const post = async (address, body) => {
    const response = await fetch(address, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (response.ok) return response;
    const told = await response.json().catch(() => ({}));
    throw new Error(told.error ? told.error.message : String(response.status));
  };

  const download = (content, name) => {
    const link = element("a");
    link.href = URL.createObjectURL(content);
    link.download = name;
    link.click();
    URL.revokeObjectURL(link.href);
  };
  Object.assign(window.yinju, { post, download });

  const takeAlong = async (button) => {
    const menu = button.closest(".yj-export");
    const alert = find(".yj-error", menu);
    alert.hidden = true;
    try {
      const kept = turns().slice(-50).map((turn) => JSON.parse(turn.dataset.turn));
      const kind = button.dataset.export;
      const response = await post(`conversation/export?kind=${kind}`, { turns: kept });
      download(await response.blob(), `${menu.dataset.title}.${kind}`);
      menu.open = false;
    } catch (error) {
      alert.textContent = error.message;
      alert.hidden = false;
    }
  };

  const say = async (box, verdict, more = {}) => {
    const turn = box.closest(".yj-turn");
    const before = turns().slice(0, turns().indexOf(turn));
    const line = find(".yj-feedback-said", box);
    try {
      await post("conversation/feedback", {
        turn: JSON.parse(turn.dataset.turn),
        history: before.slice(-6).map((item) => JSON.parse(item.dataset.turn).question),
        verdict,
        ...more,
      });
      line.textContent = box.dataset.thanks;
      find("form", box).hidden = true;
      for (const button of box.querySelectorAll("[data-verdict]")) {
        button.setAttribute("aria-pressed", String(button.dataset.verdict === verdict));
      }
    } catch (error) {
      line.textContent = `${box.dataset.failed} ${error.message}`;
    }
  };
  const judge = (button) => {
    const box = button.closest(".yj-feedback");
    const form = find("form", box);
    if (button.dataset.verdict === "up") {
      form.hidden = true;
      say(box, "up");
      return;
    }
    form.hidden = !form.hidden;
    button.setAttribute("aria-expanded", String(!form.hidden));
    if (!form.hidden) find("input", form).focus();
  };

  // Which questions are kept, the server knows: it is asked once for all buttons of this page.
  let kept = null;
  const keptIds = () => {
    kept ??= fetch("watchlist/kept")
      .then(async (response) => new Set(response.ok ? (await response.json()).ids : []))
      .catch(() => new Set()); // what is kept already is kept once more, and stays as it was
    return kept;
  };
  const showKept = async (button) => {
    const isKept = (await keptIds()).has(button.dataset.id);
    button.setAttribute("aria-pressed", String(isKept));
    button.textContent = isKept ? button.dataset.kept : button.dataset.label;
  };
  const toggleKept = async (button) => {
    const box = button.closest(".yj-feedback");
    const line = find(".yj-feedback-said", box);
    const { id } = button.dataset;
    const ids = await keptIds();
    button.disabled = true;
    try {
      if (ids.has(id)) {
        await post("watchlist/drop", { id });
        ids.delete(id);
      } else {
        await post("watchlist/keep", JSON.parse(button.dataset.keep));
        ids.add(id);
      }
      line.textContent = "";
      document.querySelectorAll(`[data-keep][data-id="${CSS.escape(id)}"]`).forEach(showKept);
    } catch (error) {
      line.textContent = `${box.dataset.failed} ${error.message}`;
    } finally {
      button.disabled = false;
    }
  };

  // Where the page is not on this machine nor encrypted, there is no clipboard but by selecting.
  const write = async (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = element("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
    return undefined;
  };
  const copy = async (button) => {
    const link = button.dataset.copyLink;
    const text = link === undefined ? button.dataset.copy : new URL(link, document.baseURI).href;
    if (!button.dataset.name) button.dataset.name = button.textContent;
    try {
      await write(text);
      button.textContent = button.parentElement.dataset.copied;
    } catch (error) {
      button.textContent = error.message;
    }
    setTimeout(() => {
      button.textContent = button.dataset.name;
    }, 1500);
  };

  // What could be asked instead of a question without evidence; asked for once, and when it is in
  // sight: a long conversation that is opened again has many.
  const suggested = new Map();
  const suggest = async (box) => {
    const query = box.dataset.suggest;
    if (!suggested.has(query)) {
      const asking = fetch(`conversation/suggest?${query}`).then((response) => (response.ok ? response.json() : {}));
      suggested.set(query, asking.catch(() => ({})));
    }
    const { questions = [] } = await suggested.get(query);
    if (!questions.length || box.childElementCount) return;
    const list = element("ul");
    for (const other of questions) {
      const button = element("button", "yj-instead", other);
      button.type = "button";
      button.dataset.alone = other;
      const item = element("li");
      item.append(button);
      list.append(item);
    }
    box.append(element("h3", "yj-related-title", box.dataset.title), list);
  };
  const visible = new IntersectionObserver((entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      visible.unobserve(target);
      suggest(target);
    }
  });

  // Questions to begin with: the server makes them of the articles, and has asked each of them.
  const begin = async (box) => {
    box.dataset.asked = "";
    const response = await fetch("conversation/starters").catch(() => null);
    const { questions = [] } = response && response.ok ? await response.json() : {};
    if (!questions.length) {
      box.remove();
      return;
    }
    const list = element("ul");
    for (const question of questions) {
      const button = element("button", "yj-example", question);
      button.type = "button";
      button.lang = "zh-CN";
      button.dataset.question = question;
      const item = element("li");
      item.append(button);
      list.append(item);
    }
    box.replaceChildren(element("h2", "", box.dataset.title), list);
  };

  // The freshness line is looked up when somebody comes back to the page, or has added files.
  const look = () => {
    const button = find("#yj-look button, button#yj-look");
    if (button) button.click();
  };
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) look();
  });
  document.addEventListener("yj-arriving", look);
  document.addEventListener("yj-arrived", ({ detail: { drop, found } }) => {
    look();
    const welcome = drop.closest(".yj-welcome");
    const starters = welcome && find("template", welcome);
    if (!starters || !found) return;
    find("h1", welcome).textContent = welcome.dataset.filled;
    find("h1 + p", welcome).textContent = welcome.dataset.filledLede;
    starters.replaceWith(starters.content.cloneNode(true));
  });

  // What a language model writes of an answer comes sentence by sentence, beside the conversation:
  // another question need not wait for it.
  const writeOut = async (box) => {
    delete box.dataset.write;
    const place = find(".yj-sentences", box);
    const add = ({ sentence, silent }) => {
      if (sentence) place.insertAdjacentHTML("beforeend", sentence);
      place.parentElement.hidden = !place.childElementCount;
      if (silent) find(".yj-silent", box).hidden = false;
    };
    try {
      const turn = JSON.parse(box.closest(".yj-turn").dataset.turn);
      const response = await post("conversation/write", { turn });
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      let rest = "";
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        if (!box.isConnected) return void reader.cancel(); // the conversation was ended
        const lines = (rest + value).split("\n");
        rest = lines.pop();
        lines.forEach((line) => add(JSON.parse(line)));
      }
    } catch {
      add({ silent: true });
    }
  };

  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    const [copying, exporting, verdict, keeping] = [
      "[data-copy], [data-copy-link]", "[data-export]", "[data-verdict]", "[data-keep]",
    ].map((selector) => target.closest(selector));
    if (copying) copy(copying);
    else if (exporting) takeAlong(exporting);
    else if (verdict) judge(verdict);
    else if (keeping) toggleKept(keeping);
  });
  document.addEventListener("submit", (event) => {
    const complaint = event.target.closest(".yj-feedback form");
    if (!complaint) return;
    event.preventDefault();
    const fields = new FormData(complaint);
    const more = { reason: fields.get("reason"), expected: fields.get("expected") };
    say(complaint.closest(".yj-feedback"), "down", more);
  });
  new MutationObserver(() => {
    for (const box of document.querySelectorAll("[data-suggest]:empty")) visible.observe(box);
    for (const box of document.querySelectorAll("[data-turn] [data-write]")) writeOut(box);
    document.querySelectorAll("[data-keep]:not([data-known])").forEach((button) => {
      button.dataset.known = "";
      showKept(button);
    });
    for (const box of document.querySelectorAll(".yj-starters:not([data-asked])")) begin(box);
  }).observe(document.documentElement, { subtree: true, childList: true });
})();
