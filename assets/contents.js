// Keeps the contents of the user's files by digest, in memory and in the browser's database: a server may lose them.
(() => {
  "use strict";
  const DATABASE = "ev2gym-dashboard";
  const STORE = "contents";
  // A run has at most nine files; those of other tabs and of earlier runs share the database.
  const MAX_STORED = 36;
  const PATIENCE_MS = 2000;
  const memory = new Map();

  const settle = (request) =>
    new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });

  function openDatabase() {
    const request = window.indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () =>
      request.result.createObjectStore(STORE, { keyPath: "digest" }).createIndex("at", "at");
    return settle(request);
  }

  // A private window may have no database, and a broken one may never answer: the memory then has to do.
  function use(mode, action) {
    const work = async () => {
      const database = await openDatabase();
      try {
        return await action(database.transaction(STORE, mode).objectStore(STORE));
      } finally {
        database.close();
      }
    };
    const late = new Promise((resolve) => window.setTimeout(resolve, PATIENCE_MS));
    return Promise.race([work(), late]).catch(() => undefined);
  }

  async function store(contents) {
    await use("readwrite", async (table) => {
      for (const [digest, text] of Object.entries(contents)) table.put({ digest, text, at: Date.now() });
      const digests = await settle(table.index("at").getAllKeys());
      for (const digest of digests.slice(0, -MAX_STORED)) table.delete(digest);
    });
  }

  function keep(contents) {
    for (const [digest, text] of Object.entries(contents || {})) memory.set(digest, text);
    if (contents && Object.keys(contents).length) store(contents);
  }

  const load = (digests) => use("readonly", (table) => Promise.all(digests.map((digest) => settle(table.get(digest)))));

  // Returns those of the contents that this browser has. Found ones count as used: the oldest ones are dropped first.
  async function find(digests) {
    const unread = digests.filter((digest) => !memory.has(digest));
    const rows = unread.length ? (await load(unread)) || [] : [];
    const found = {};
    for (const row of rows) if (row) memory.set(row.digest, row.text);
    for (const digest of digests) if (memory.has(digest)) found[digest] = memory.get(digest);
    if (Object.keys(found).length) store(found);
    return found;
  }

  const listReferences = (scenario) =>
    Object.entries(scenario)
      .filter(([, value]) => value?.sha256)
      .map(([name, value]) => [name, value.sha256]);

  // Returns a run with its files in place of their digests; null if this browser lacks one of them.
  async function inline(run) {
    const references = listReferences(run.scenario);
    const found = await find(references.map(([, digest]) => digest));
    if (references.some(([, digest]) => !(digest in found))) return null;
    const contents = Object.fromEntries(references.map(([name, digest]) => [name, JSON.parse(found[digest])]));
    return { ...run, scenario: { ...run.scenario, ...contents } };
  }

  window.dash_clientside.contents = { keep, find, inline };
})();
