// The folds of a page: the tab keeps which ones the user has opened or closed, over a reload and in another language.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { storage } = app;
  const STORAGE_KEY = "folds";
  const findName = (fold) => fold.dataset.fold ?? fold.id;
  const read = () => storage.read(STORAGE_KEY) ?? {};
  const isKept = (fold) => findName(fold) in read();

  // A script opens a fold as well, to show an issue: that is no choice of the user. A click comes before its effect.
  document.addEventListener("click", ({ target }) => {
    const fold = target.closest?.("main summary")?.parentElement;
    if (fold && findName(fold)) storage.store(STORAGE_KEY, { ...read(), [findName(fold)]: !fold.open });
  });

  function restore() {
    const kept = read();
    for (const fold of document.querySelectorAll("main details")) fold.open = kept[findName(fold)] ?? fold.open;
  }

  app.folds = { restore, isKept };
})();
