// The charts of a run: lays what a reply changes over their figures. Those out of sight are drawn when they come near
// it, when the page is scrolled, or when no reply has come for a while.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const RETRY_MS = 50;
  const REST_MS = 1500;
  const MARGIN_PX = 200;
  const NO_AXES = { data: [], layout: { xaxis: { visible: false }, yaxis: { visible: false } } };
  // The values of each chart by path, since the page was opened, and whether some of them are not drawn yet.
  const charts = new Map();
  const watched = new WeakMap();
  const sight = observe(0);
  const vicinity = observe(MARGIN_PX);
  const isEqual = (one, other) => JSON.stringify(one) === JSON.stringify(other);
  const rest = { timer: 0 };
  // The charts to draw, each in a task of its own: between two of them, the page can show another reply.
  const queue = new Set();
  const findGraph = (id) => document.querySelector(`#${id} .js-plotly-plot`);

  // Observes frames: which of them are within a distance from the window. A chart that comes so near is drawn.
  function observe(margin) {
    const frames = new Set();
    const note = ({ target, isIntersecting }) => {
      if (isIntersecting) frames.add(target);
      else frames.delete(target);
      if (isIntersecting) enqueueStale(target);
    };
    const observer = new IntersectionObserver((entries) => entries.forEach(note), { rootMargin: `${margin}px` });
    return { frames, add: (frame) => observer.observe(frame) };
  }

  function enqueueStale(frame) {
    const id = watched.get(frame);
    if (charts.get(id)?.isStale) enqueue(id);
  }

  // While the page stands, a chart near the window changes nothing that is seen.
  const drawNear = () => vicinity.frames.forEach(enqueueStale);

  // The table of the values is below the drawing.
  function watch(id, graph) {
    const frame = graph.closest("[role=figure]") ?? graph;
    if (!watched.has(frame)) for (const distance of [sight, vicinity]) distance.add(frame);
    watched.set(frame, id);
    // Dash would answer a zoom by drawing its own figure, which has no data.
    graph.removeAllListeners("plotly_relayout");
    return sight.frames.has(frame);
  }

  function getChart(id) {
    if (!charts.has(id)) charts.set(id, { values: new Map(), isStale: false });
    return charts.get(id);
  }

  function update(id, operations) {
    const chart = getChart(id);
    for (const { location, params } of operations) {
      const key = location.join("/");
      if (chart.values.has(key) && isEqual(chart.values.get(key).value, params.value)) continue;
      chart.values.set(key, { location, value: params.value });
      chart.isStale = true;
    }
    draw(id);
  }

  // Dash loads Plotly after the page: a chart waits until its first drawing is there and listened to.
  const isReady = (graph) => Boolean(graph?.data) && !graph.classList.contains("dash-graph--pending");

  function draw(id) {
    const chart = charts.get(id);
    if (!chart) return;
    const graph = findGraph(id);
    if (!isReady(graph)) return void window.setTimeout(draw, RETRY_MS, id);
    const isSeen = watch(id, graph);
    if (!chart.isStale) return;
    if (isSeen) return enqueue(id);
    window.clearTimeout(rest.timer);
    rest.timer = window.setTimeout(drawAll, REST_MS);
  }

  function enqueue(id) {
    if (!queue.size) window.setTimeout(drawNext);
    queue.add(id);
  }

  function drawNext() {
    const [id] = queue;
    queue.delete(id);
    if (queue.size) window.setTimeout(drawNext);
    const graph = findGraph(id);
    const chart = charts.get(id);
    if (chart?.isStale && isReady(graph)) redraw(id, graph, chart);
  }

  // Plotly notices a change by a new object.
  function assign(target, [name, ...rest], value) {
    const copy = Array.isArray(target) ? [...target] : { ...target };
    copy[name] = rest.length ? assign(copy[name], rest, value) : value;
    return copy;
  }

  // The empty figure is Dash's; that of the graph has what Plotly has filled in, such as ranges.
  function redraw(id, graph, chart) {
    const { figure, config } = window.dash_component_api.getLayout(id).props;
    const { data, layout } = fill(figure, chart);
    window.Plotly.react(graph, data, layout, { ...config, responsive: true });
  }

  // Returns a figure with the values of its chart, which is drawn now.
  function fill({ data, layout }, chart) {
    let [traces, frame] = [data, layout];
    for (const { location, value } of chart.values.values()) {
      const [part, ...path] = location;
      if (part === "data") traces = assign(traces, path, value);
      else frame = assign(frame, path, value);
    }
    chart.isStale = false;
    // The height is that of the element, as Dash draws it.
    const sized = { ...structuredClone(frame), autosize: true, height: undefined };
    return { data: traces.map((trace) => ({ ...trace })), layout: sized };
  }

  function isNear(graph) {
    const { top, bottom, height } = graph.getBoundingClientRect();
    return height > 0 && bottom > -MARGIN_PX && top < window.innerHeight + MARGIN_PX;
  }

  // Returns the figure with which Dash draws a chart for the first time: with its values where they are there and near
  // the window. Axes take the longest: without them, a chart waits for its values, or for its dialog to open.
  function prepareFirst(graph, figure) {
    const { id } = graph.parentElement;
    const chart = charts.get(id);
    if (chart?.isStale && isNear(graph)) return { ...figure, ...fill(figure, chart) };
    const isHidden = !figure.data.length && !graph.checkVisibility();
    return isHidden || app.hasRunFigure(id) ? { ...figure, ...NO_AXES } : figure;
  }

  // Dash draws with the `react` of Plotly: at first an empty figure, as it knows none of the values.
  function takeFirstDrawings(plotly) {
    const { react } = plotly;
    plotly.react = (graph, figure, ...others) =>
      react(graph, graph.data ? figure : prepareFirst(graph, figure), ...others);
    return plotly;
  }

  function drawAll() {
    for (const [id, chart] of charts) {
      const graph = findGraph(id);
      if (isReady(graph) && chart.isStale) redraw(id, graph, chart);
    }
  }

  // A page in another language has the same charts, which its first reply fills.
  const forget = () => charts.clear();

  window.addEventListener("beforeprint", drawAll);
  window.addEventListener("scroll", drawNear, { passive: true });
  app.charts = { update, forget, takeFirstDrawings };
})();
