// The run that the first sight plays until the page is there and goes on with it: one tick at a time, as the page asks
// for them. A tick that fails ends the playing, and the page starts from the last one that came.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const { ids, storage, Clock } = app;
  const TIMER_MS = 250;
  const PATIENCE_MS = 500;
  // The requests of the page count from 1.
  const NUMBER = 0;
  const clock = new Clock();
  // `served` is the reply that the index carries, with its request; `last` the outputs of the last tick.
  const state = { served: null, last: null, run: null, show: null, timer: 0, asked: 0, askedAt: -Infinity };
  const gate = {};
  const moved = new Promise((resolve) => Object.assign(gate, { open: resolve }));
  const readReply = (outputs) => outputs[ids.REPLY].data;
  const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
  const joinValues = (first, last) => (isObject(first) && isObject(last) ? { ...first, ...last } : last);

  // Returns the first reply with what a tick has changed; only the first one fills the form.
  function joinReplies(first, last, run) {
    const changed = Object.entries(last).map(([name, value]) => [name, joinValues(first[name], value)]);
    return { ...first, ...Object.fromEntries(changed), form: first.form, run };
  }

  // Returns the reply to the first request of a page that holds the run; `later` are the views that lie over its own.
  function joinOutputs({ request, outputs, ...served }, last, run) {
    const { [ids.REPLY]: reply, ...later } = last ?? {};
    const data = joinReplies(readReply(outputs), reply?.data ?? {}, run);
    return { ...served, request: { ...request, run }, outputs: { ...outputs, [ids.REPLY]: { data } }, later };
  }

  function makeTick({ request, outputs }, run, steps) {
    const { build } = readReply(outputs);
    return { ...request, number: NUMBER, build, kept: false, fill: false, session: undefined, run, steps };
  }

  function start(served, show) {
    const { run, report, step_min: stepMin } = readReply(served.outputs);
    // A report is a sheet that stays as it is.
    if (report || storage.read(ids.PLAYING) === false) return;
    Object.assign(state, { served, show, run: { ...run, session: app.replay.makeSession() } });
    // The time before counts for no step.
    Object.assign(clock, { stepMin, tickedAt: performance.now() });
    clock.setPlaying(true);
    state.timer = window.setInterval(tick, TIMER_MS);
    tick();
  }

  function stop() {
    gate.open();
    window.clearInterval(state.timer);
    state.timer = 0;
  }

  function tick() {
    const at = performance.now();
    const elapsedMs = clock.measureElapsed(at);
    if (document.hidden) return;
    clock.advance(elapsedMs);
    const steps = state.asked ? 0 : clock.takeSteps(at - state.askedAt);
    if (steps) ask(steps, at);
  }

  async function ask(steps, at) {
    Object.assign(state, { asked: steps, askedAt: at });
    const { served, run } = state;
    const outputs = await app.fetchOutputs(served.store, makeTick(served, run, steps));
    // The page has the run, and asks for the same steps.
    if (state.timer) receive(outputs);
  }

  function receive(outputs) {
    const { ok, build, step } = outputs ? readReply(outputs) : {};
    if (!ok || build !== readReply(state.served.outputs).build) return stop();
    Object.assign(state, { asked: 0, last: outputs, run: { ...state.run, step } });
    state.show(outputs);
    window.requestAnimationFrame(() => window.setTimeout(gate.open));
  }

  // To draw the page takes Dash so long that the first number would not move meanwhile: Dash waits for it, for a while.
  async function hasMoved() {
    if (state.timer && !document.hidden) window.setTimeout(gate.open, PATIENCE_MS);
    else gate.open();
    await moved;
  }

  // Returns the run for the page, which plays it from now on; null where none was played.
  function handOver() {
    stop();
    // The number that moved comes before the charts.
    if (state.last) app.plotlyLoader.release();
    return state.run;
  }

  // Returns, once, the reply to the page's first request; the page's clock goes on from the one of the run.
  function take() {
    const { served, last, run, asked } = state;
    if (!served) return null;
    state.served = null;
    app.live.clock.follow(clock, asked);
    return joinOutputs(served, last, run);
  }

  app.firstRun = { start, setSpeed: (speed) => clock.setSpeed(speed), hasMoved, handOver, take };
})();
