// The table behind each chart: all of its values, for those who do not see the drawing. It is made when it is opened.
(() => {
  "use strict";
  const CLOCK = {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
    timeZone: "UTC",
  };
  const UTC = "Z";
  const language = () => document.documentElement.lang;
  const unescapeText = (name) => name.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&amp;/g, "&");
  const watched = new WeakSet();

  function makeFormatters() {
    const number = new Intl.NumberFormat(language(), { maximumFractionDigits: 4 });
    const time = new Intl.DateTimeFormat(language(), CLOCK);
    const isTime = (value) => typeof value === "string" && /^\d{4}-\d\d-\d\d/.test(value);
    // Plotly takes times without a zone as they are.
    const parse = (text) => Date.parse(text.replace(" ", "T") + UTC);
    const share = new Intl.NumberFormat(language(), { style: "percent", maximumFractionDigits: 1 });
    const show = (value, axis) => {
      if (value === null || value === undefined) return "";
      if (isTime(value)) return time.format(parse(value));
      if (typeof value !== "number") return unescapeText(String(value));
      return (axis?.tickformat?.endsWith("%") ? share : number).format(value).replace("-", "\u2212");
    };
    const at = (trace, place) => time.format(parse(trace.x0) + place * trace.dx);
    return { show, at, isTime };
  }

  // A band is drawn by its edge; its own values are those that a pointer shows.
  const listValues = (trace) => (trace.line?.width === 0 && trace.customdata ? trace.customdata : trace.y) || [];

  function listPlaces(trace, { show, at, isTime }, axis) {
    if (trace.x) return trace.x.map((place) => show(place, axis));
    const name = isTime(trace.x0) ? (k) => at(trace, k) : (k) => show(trace.x0 + k * trace.dx, axis);
    return (trace.y || []).map((_value, k) => name(k));
  }

  const isPoint = (trace) => trace.mode === "markers" && trace.x?.length === 1;
  const isSideways = (trace) => trace.orientation === "h";

  // Rows by place on the axis, a column per series.
  function readSeries(traces, formatters, layout) {
    const longest = traces.reduce((most, trace) => (listValues(trace).length > listValues(most).length ? trace : most));
    const columns = traces.filter((trace) => listValues(trace).length);
    const getAxis = ({ yaxis = "y" }) => layout[yaxis.replace("y", "yaxis")];
    const rows = listPlaces(longest, formatters, layout.xaxis).map((place, k) => [
      place,
      ...columns.map((trace) => formatters.show(listValues(trace)[k], getAxis(trace))),
    ]);
    return { heads: ["", ...columns.map(({ name }) => name || "")], rows };
  }

  function readBars(traces, { show }) {
    const [first] = traces;
    const names = first.hovertext || (typeof first.y[0] === "string" ? first.y : first.customdata) || [];
    const rows = names.map((name, k) => [show(name), ...traces.map((trace) => show(trace.x[k]))]);
    return { heads: ["", ...traces.map(({ name }) => name || "")], rows };
  }

  function readPoints(traces, { show }, layout) {
    const rows = traces.map((trace) => [trace.name, show(trace.x[0]), show(trace.y[0])]);
    return { heads: ["", layout.xaxis?.title?.text || "", layout.yaxis?.title?.text || ""], rows };
  }

  function readChart({ data, layout }) {
    const formatters = makeFormatters();
    const [first] = data;
    if (!first) return { heads: [], rows: [] };
    if (first.type === "pie") {
      return { heads: [], rows: first.labels.map((name, k) => [name, formatters.show(first.values[k])]) };
    }
    if (data.some(isSideways)) return readBars(data.filter(isSideways), formatters);
    if (data.some(isPoint)) return readPoints(data.filter(isPoint), formatters, layout);
    return readSeries(data, formatters, layout);
  }

  function makeRow(texts, tag, scope) {
    const row = document.createElement("tr");
    texts.forEach((text, k) => {
      // The corner above the places has no text, and heads nothing.
      const named = k ? tag : "th";
      const cell = document.createElement(text === "" ? "td" : named);
      if (cell.tagName === "TH") cell.scope = k ? "col" : scope;
      cell.textContent = text;
      row.append(cell);
    });
    return row;
  }

  function fill(details) {
    const chart = details.parentElement.querySelector(".js-plotly-plot");
    if (!chart?.data) return;
    const { heads, rows } = readChart(chart);
    const table = document.createElement("table");
    if (heads.some(Boolean)) table.createTHead().append(makeRow(heads, "th", "col"));
    table.createTBody().append(...rows.map((row) => makeRow(row, "td", "row")));
    details.lastElementChild.replaceChildren(table);
    if (watched.has(chart)) return;
    watched.add(chart);
    chart.on("plotly_afterplot", () => details.open && fill(details));
  }

  // The event does not bubble.
  document.addEventListener("toggle", ({ target }) => target.matches(".chart-table[open]") && fill(target), true);
})();
