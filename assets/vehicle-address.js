// The address of the page of the vehicles: filters, order and page of its list, or the one vehicle.
(() => {
  "use strict";
  const PARAMETERS = {
    model: "model",
    mode: "mode",
    reason: "reason",
    decided: "decided",
    search: "q",
    sort: "sort",
    vehicle: "vehicle",
  };
  const EMPTY = {
    model: "",
    mode: "",
    reason: "",
    decided: "",
    search: "",
    sort: "vehicle",
    descending: false,
    page: 0,
    vehicle: "",
  };
  const readParams = () => new URLSearchParams(window.location.search);

  function readAddress() {
    const params = readParams();
    const texts = Object.entries(PARAMETERS).map(([name, key]) => [name, params.get(key) ?? EMPTY[name]]);
    const page = Math.max(Number.parseInt(params.get("page"), 10) || 1, 1) - 1;
    return { ...EMPTY, ...Object.fromEntries(texts), descending: params.has("down"), page };
  }

  function makeSearch(query) {
    const params = new URLSearchParams({ lang: window.dash_clientside.live.page.texts.lang });
    for (const [name, key] of Object.entries(PARAMETERS))
      if (query[name] && query[name] !== EMPTY[name]) params.set(key, query[name]);
    if (query.descending) params.set("down", "1");
    if (query.page) params.set("page", String(query.page + 1));
    return `?${params}`;
  }

  const hasChoice = () => [...Object.values(PARAMETERS), "page", "down"].some((key) => readParams().has(key));

  window.dash_clientside.vehicleAddress = { EMPTY, readAddress, makeSearch, hasChoice };
})();
