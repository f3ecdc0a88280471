// The prices of the objective: keeps each slider and its number equal, and gives them to the comparison.
(() => {
  "use strict";
  const app = window.dash_clientside;
  // The choice of the run's own purpose, as in objective.py.
  const AS_RUN = "run";

  // Typed with the decimal sign of the language; a word, such as "auto", is no number.
  const parse = (text) => Number.parseFloat(String(text).replace(",", "."));
  const format = (number) => number.toLocaleString(document.documentElement.lang, { useGrouping: false });

  // Of a slider and its number, the one that was moved leads. An empty number stands for the default, which it shows.
  function follow(slid, typed, initial) {
    const [event] = app.callback_context.triggered;
    if (!event) return [app.no_update, app.no_update];
    if (event.prop_id.includes("slider")) return [app.no_update, format(Number(slid))];
    return [parse(typed || initial) || 0, app.no_update];
  }

  function choose(_numbers, purpose) {
    const { inputs_list: inputs } = app.callback_context;
    const given = inputs[0].filter(({ value }) => (value ?? "") !== "");
    const prices = Object.fromEntries(given.map((input) => [input.id.name, String(input.value)]));
    if (purpose && purpose !== AS_RUN) prices.plan_purpose = purpose;
    app.compare.setPrices(prices);
    return Object.keys(prices).length === 0;
  }

  function reset(clicks, texts) {
    return clicks ? [texts.map(() => ""), AS_RUN] : [texts.map(() => app.no_update), app.no_update];
  }

  app.compareObjective = { follow, choose, reset };
})();
