// The conversations that this browser keeps, in a database of its own; all tabs share it.  What is
// read back is whatever lies there: the server holds each quote against the articles again.
(() => {
  "use strict";
  const NAME = "yinju";
  const STORE = "conversations";
  const TURNS = 50; // of a conversation, as many as the server takes back
  const LARGE = 384 << 10; // bytes of a conversation; quoted in a request they may be twice as many
  const LATEST = 864e13; // milliseconds since 1970 of the last day that there is
  const sizeOf = (value) => new Blob([JSON.stringify(value)]).size;
  const asked = (turns) => JSON.stringify(turns.map((turn) => turn.question));
  const newKey = () =>
    [...crypto.getRandomValues(new Uint8Array(16))]
      .map((byte) => byte.toString(16).padStart(2, "0"))
      .join("");

  const restingSince = ({ changed }) =>
    typeof changed === "number" && Math.abs(changed) <= LATEST ? changed : 0;
  // A record as far as it is a conversation, null where it is none.
  const read = (record) => {
    if (!record || typeof record.key !== "string" || !Array.isArray(record.turns)) return null;
    const turns = record.turns.filter((turn) => turn && typeof turn.question === "string");
    if (!turns.length) return null;
    const text = (value) => (typeof value === "string" ? value : "");
    return {
      key: record.key,
      name: text(record.name),
      first: text(record.first) || turns[0].question,
      changed: restingSince(record),
      turns,
    };
  };

  // -- the database --------------------------------------------------------------------------

  let database = null;
  const connected = () => {
    database ||= new Promise((done, fail) => {
      const request = indexedDB.open(NAME, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
      request.onerror = () => fail(request.error);
      request.onsuccess = () => {
        const opened = request.result;
        opened.onclose = () => (database = null); // somebody has emptied the browser's storage
        opened.onversionchange = () => {
          opened.close();
          database = null;
        };
        done(opened);
      };
    });
    database.catch(() => (database = null));
    return database;
  };
  const done = (request) =>
    new Promise((succeed, fail) => {
      request.onsuccess = () => succeed(request.result);
      request.onerror = () => fail(request.error);
    });
  // What `work` gives, which may wait for nothing but requests to the store, once all is written.
  const within = async (mode, work) => {
    const transaction = (await connected()).transaction(STORE, mode);
    const written = new Promise((succeed, fail) => {
      transaction.oncomplete = succeed;
      transaction.onabort = () => fail(transaction.error);
    });
    const [result] = await Promise.all([work(transaction.objectStore(STORE)), written]);
    return result;
  };

  const channel = new BroadcastChannel("yinju-conversations");
  const announce = () => document.dispatchEvent(new CustomEvent("yj-kept"));
  channel.addEventListener("message", announce); // another tab's
  const change = async (work) => {
    const result = await within("readwrite", work);
    channel.postMessage("");
    announce();
    return result;
  };

  // -- conversations -------------------------------------------------------------------------

  const seen = new Map(); // what this tab last read or wrote of a conversation, by its key
  const copies = new Map(); // the key of the copy that this tab goes on with, by the server's key
  const keyOf = (key) => copies.get(key) || key;
  const see = (kept) => seen.set(kept.key, { changed: kept.changed, asked: asked(kept.turns) });

  const all = async () => {
    const records = await within("readonly", (store) => done(store.getAll()));
    return records
      .map(read)
      .filter(Boolean)
      .sort((one, other) => other.changed - one.changed);
  };

  const get = async (key) => {
    const kept = read(await within("readonly", (store) => done(store.get(key))));
    if (kept) see(kept);
    return kept;
  };

  // Deletes those that rested longest until the rest is within bounds; returns them.
  const bounded = async (store, spared, { most, bytes }) => {
    const records = await done(store.getAll());
    const sizes = new Map(records.map((record) => [record, sizeOf(record)]));
    let [count, size] = [records.length, [...sizes.values()].reduce((sum, one) => sum + one, 0)];
    const dropped = [];
    records.sort((one, other) => restingSince(one) - restingSince(other));
    for (const record of records) {
      if (count <= most && size <= bytes) break;
      if (record.key === spared) continue;
      store.delete(record.key);
      dropped.push(record);
      count -= 1;
      size -= sizes.get(record);
    }
    return dropped.map(read).filter(Boolean);
  };

  // Keeps a conversation as it is shown, if it is another than this tab saw last; returns those
  // that gave way to it.
  const keep = async (key, shown, bounds) => {
    const turns = shown.slice(-TURNS);
    while (turns.length > 1 && sizeOf(turns) > LARGE) turns.shift();
    const before = seen.get(keyOf(key));
    if (before && before.asked === asked(turns)) return [];
    const [kept, dropped] = await change(async (store) => {
      const stored = read(await done(store.get(keyOf(key))));
      // Where another tab has gone on with it, this one goes on with a copy: neither loses a turn.
      if (stored && (!before || stored.changed !== before.changed)) copies.set(key, newKey());
      const { name = "", first = turns[0].question } = stored || {};
      const put = { key: keyOf(key), name, first, changed: Date.now(), turns };
      await done(store.put(put));
      return [put, await bounded(store, put.key, bounds)];
    });
    see(kept);
    return dropped;
  };

  const rename = (key, name) =>
    change(async (store) => {
      const kept = read(await done(store.get(key)));
      if (kept) await done(store.put({ ...kept, name }));
    });

  const remove = (key) =>
    change(async (store) => {
      const kept = read(await done(store.get(key)));
      await done(store.delete(key));
      return kept;
    });

  // Puts back what was removed, and returns its key: another one, if that is taken meanwhile.
  const restore = (kept) =>
    change(async (store) => {
      const key = (await done(store.getKey(kept.key))) === undefined ? kept.key : newKey();
      await done(store.put({ ...kept, key }));
      return key;
    });

  window.yinju.memory = { all, get, keep, rename, remove, restore, keyOf, sizeOf };
})();
