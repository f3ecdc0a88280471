// Posts the requests of a run to their callbacks on the server, and hands out what comes back. Through Dash, each change
// of a property would pass over all components of the page.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { server, Transport } = app;
  const callbacks = JSON.parse(document.getElementById("callbacks").textContent);
  const outputs = Object.values(callbacks).flatMap(({ body }) => body.outputs);
  // Dash gives an output that is not the only one of its property a mark, behind an @.
  const isFigure = ({ property }) => property.split("@")[0] === "figure";
  const figures = new Set(outputs.filter(isFigure).map(({ id }) => id));
  const writers = {
    figure: (id, patch) => app.charts.update(id, patch.operations),
    rowData: (_id, rows) => app.fleetTable.showRows(rows),
  };

  function writeProperties(values) {
    for (const [id, properties] of Object.entries(values))
      for (const [name, value] of Object.entries(properties)) {
        if (name in writers) writers[name](id, value);
        else app.set_props(id, { [name]: value });
      }
  }

  function makeBody(store, request) {
    const inputs = [{ id: store, property: "data", value: request }];
    return JSON.stringify({ ...callbacks[store].body, inputs, changedPropIds: [`${store}.data`] });
  }

  // The transport hears of a response that is no success, and of one that does not come, or not as a whole.
  async function fetchOutputs(store, request) {
    const headers = { "Content-Type": "application/json" };
    const options = { method: "POST", headers, body: makeBody(store, request), credentials: "same-origin" };
    try {
      const response = await window.fetch(server.makeUrl("_dash-update-component"), options);
      return response.ok ? (await response.json()).response : null;
    } catch {
      Transport.tellLoss(options.body);
      return null;
    }
  }

  // `receive` returns whether the reply is still waited for: the views of a late one would show another run.
  function makePost(receive) {
    return async (store, request) => {
      const [answered, later] = app.served.takeReply(store, request) ?? [await fetchOutputs(store, request), {}];
      if (!answered) return;
      const { reply } = callbacks[store];
      const { [reply]: answer, ...views } = answered;
      if (receive(answer.data)) for (const part of [views, later]) writeProperties(part);
    };
  }

  // Returns whether the replies of a run fill the chart of an id.
  const hasRunFigure = (id) => figures.has(id);

  Object.assign(app, { fetchOutputs, makePost, hasRunFigure });
})();
