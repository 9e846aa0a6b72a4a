// The pages beside the chat: the sync and its progress, kept questions, taking out.
(() => {
  "use strict";
  const find = (selector, within = document) => within.querySelector(selector);
  const said = (response) => (response && response.error ? response.error.message : "");

  // A link to a quote: the browser scrolls to it, and the keyboard starts from there.
  const quote = find("#quote");
  if (quote && location.hash === "#quote") quote.focus();

  // The bars of the timeline are one stop of the keyboard; arrows lead from one to the next.
  const plot = find(".yj-plot");
  if (plot) {
    const bars = [...plot.querySelectorAll("a")];
    const told = find(".yj-plot-said");
    const overview = told.textContent;
    const choose = (chosen) => {
      for (const bar of bars) bar.setAttribute("tabindex", bar === chosen ? 0 : -1);
    };
    choose(bars[bars.length - 1]);
    plot.setAttribute("aria-label", `${plot.getAttribute("aria-label")} (${plot.dataset.keys})`);
    const around = plot.parentElement; // an SVG that listens for the focus becomes a stop itself
    around.addEventListener("focusin", (event) => {
      const bar = event.target.closest(".yj-plot a");
      if (!bar) return;
      choose(bar);
      told.textContent = `${bar.getAttribute("aria-label")} (${plot.dataset.keys})`;
    });
    around.addEventListener("focusout", () => {
      told.textContent = overview;
    });
    around.addEventListener("keydown", (event) => {
      const at = bars.indexOf(event.target);
      const to = { ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key];
      if (at < 0 || to === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      if (bars[to]) bars[to].focus();
    });
  }

  // -- the sync ------------------------------------------------------------------------------

  const sync = find("#yj-sync");
  const line = find("#yj-sync-said");
  const pause = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

  const follow = async () => {
    for (;;) {
      const state = await (await fetch("library/sync")).json();
      if (state.state === "running") {
        line.textContent = state.total
          ? sync.dataset.progress.replace("{done}", state.done).replace("{total}", state.total)
          : sync.dataset.updating;
      } else {
        return state;
      }
      await pause(400);
    }
  };

  // Ask whether most of the library shall go.
  const isMeant = (text) =>
    new Promise((done) => {
      const many = find("#yj-many");
      find("#yj-many-text").textContent = text;
      many.returnValue = "";
      many.addEventListener("close", () => done(many.returnValue === "yes"), { once: true });
      many.showModal();
    });

  const update = async (confirmed = false) => {
    sync.disabled = true;
    line.className = "";
    line.textContent = sync.dataset.updating;
    try {
      for (;;) {
        const asked = confirmed ? "?confirmed=true" : "";
        const response = await fetch(`library/sync${asked}`, { method: "POST" });
        const body = await response.json();
        // Another sync is running, which will leave the new files to us.
        const isBusy = response.status === 409 && body.error.type === "library_busy";
        if (!response.ok && !isBusy) throw new Error(said(body));
        const state = await follow();
        const asks = !isBusy && state.code === "sync_removes_many";
        if (asks && (await isMeant(state.error))) return await update(true);
        if (!isBusy && state.state === "failed") throw new Error(state.error);
        if (!isBusy) break;
        await pause(1500);
      }
      location.reload();
    } catch (error) {
      line.className = "yj-error";
      line.textContent = `${sync.dataset.error} ${error.message}`;
      sync.disabled = false;
    }
  };
  if (sync) sync.addEventListener("click", () => update());

  // -- uploads -------------------------------------------------------------------------------

  // They have indexed themselves.  What failed shall stay to be read.
  document.addEventListener("yj-arrived", ({ detail: { failed } }) => {
    if (!failed) location.reload();
  });

  // -- kept questions ------------------------------------------------------------------------

  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-drop]");
    if (!button) return;
    const alert = find("#yj-drop-error");
    button.disabled = true;
    try {
      const response = await fetch("watchlist/drop", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ id: button.dataset.drop }),
      });
      if (response.ok) {
        location.reload();
        return;
      }
      alert.textContent = said(await response.json()) || String(response.status);
    } catch (error) {
      alert.textContent = error.message;
    }
    alert.hidden = false;
    alert.scrollIntoView({ block: "center" });
    button.disabled = false;
  });

  // -- taking out ----------------------------------------------------------------------------

  const dialog = find("#yj-ask");
  let asked = null;
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element && event.target.closest("[data-remove]");
    if (!button || !dialog) return;
    asked = button;
    find("#yj-ask-file").textContent = button.dataset.file;
    find("#yj-ask-table").hidden = button.dataset.table === undefined;
    find("#yj-ask-error").hidden = true;
    dialog.showModal();
  });
  if (dialog) {
    find("#yj-ask-yes").addEventListener("click", async () => {
      const alert = find("#yj-ask-error");
      try {
        const number = asked.dataset.remove;
        const response = await fetch(`library/remove?number=${number}`, { method: "POST" });
        if (response.ok) {
          location.reload();
          return;
        }
        alert.textContent = said(await response.json()) || String(response.status);
      } catch (error) {
        alert.textContent = error.message;
      }
      alert.hidden = false;
    });
  }
})();
