// The gate between the page and the server: one request in flight, the same one again when no answer comes, none while hidden.
(function () {
  "use strict";
  const MIN_TICK_MS = 500;
  const SLACK_MS = 60;
  const MAX_STEPS = 240;
  const DEADLINE_MS = 3000;
  const MAX_DEADLINE_MS = 30000;
  const QUIET_MS = 2000;
  const RELOAD_MS = 10000;
  const MAX_BEHIND_MIN = 7 * 24 * 60;

  const page = {
    texts: {}, build: null, playing: true, speed: 15, stepMin: 15, model: null, basis: "models",
    run: null, files: {}, force: {}, shown: {}, form: {}, number: 0, pending: null, wanted: null, owedMin: 0, timerAt: 0, askedAt: -Infinity, notice: "",
    kept: true, going: null, goingAt: 0, catchingUp: null, behindMin: 0, hiddenAt: null,
  };
  const set = (id, props) => window.dash_clientside.set_props(id, props);
  const share = () => window.dash_clientside.share;
  const now = () => performance.now();

  function merged(first, then) {
    const both = { ...first, ...then };
    if (first && then) {
      both.steps = (first.steps || 0) + (then.steps || 0);
      both.scenario = { ...first.scenario, ...then.scenario };
      both.upload = { ...first.upload, ...then.upload };
      both.set = { ...first.set, ...then.set };
      if (first.set?.params || then.set?.params) both.set.params = { ...first.set?.params, ...then.set?.params };
      both.link = then.link || first.link;
      both.file = then.file || first.file;
      both.share = Boolean(first.share || then.share);
      both.restart = Boolean(first.restart || then.restart);
      both.full = Boolean(first.full || then.full);
      both.fill = Boolean(first.fill || then.fill);
    }
    return both;
  }

  function send(request, what, firstAt, deadline) {
    page.pending = { request, what, firstAt, sentAt: now(), deadline };
    set(page.texts.request, { data: request });
  }

  function ask(what) {
    const { full, fill, restart, set: command, scenario, upload, link, file, share: wantsLink } = what;
    const steps = Math.min(what.steps || 0, MAX_STEPS);
    const { build, kept, run, model, basis, files } = page;
    page.number += 1;
    page.askedAt = now();
    const request = { number: page.number, attempt: 1, build, kept, lang: page.texts.lang, run, model, basis, steps, set: command, scenario, upload, files, link, file, share: wantsLink, restart, full, fill };
    send(request, what, page.askedAt, DEADLINE_MS);
  }

  function command(what) {
    page.wanted = merged(page.wanted, what);
    const overtakes = (what.restart || what.link || what.file) && page.run;
    if (page.pending && !overtakes) return;
    flush();
  }

  // An answer that comes when its page is gone would find nothing to write on: a page is left between two answers.
  function go(pathname, search) {
    page.going = { pathname, search };
    page.goingAt = now();
    leave();
    return window.dash_clientside.no_update;
  }

  function leave() {
    if (!page.going || page.going.gone || (page.pending && now() - page.goingAt < DEADLINE_MS)) return;
    page.going.gone = true;
    set("place", { data: page.going });
  }

  function flush() {
    if (page.going) return leave();
    const what = page.wanted;
    page.wanted = null;
    if (what && (page.run || what.fill || what.link || what.file)) ask(what);
  }

  function watch(at) {
    const { request, what, firstAt, sentAt, deadline } = page.pending;
    if (at - sentAt < deadline) return;
    send({ ...request, attempt: request.attempt + 1 }, what, firstAt, Math.min(2 * deadline, MAX_DEADLINE_MS));
  }

  function step() {
    const most = Math.max(page.stepMin, page.speed) * 1.5;
    page.owedMin = Math.min(page.owedMin, most);
    const slackMin = (page.speed * SLACK_MS) / 1000;
    const due = Math.floor((page.owedMin + slackMin) / page.stepMin);
    const behind = Math.floor(page.behindMin / page.stepMin);
    const steps = Math.min(due + behind, MAX_STEPS);
    if (page.going || page.pending || steps < 1 || now() - page.askedAt < MIN_TICK_MS - SLACK_MS) return;
    page.owedMin -= Math.min(due, steps) * page.stepMin;
    page.behindMin -= (steps - Math.min(due, steps)) * page.stepMin;
    ask({ steps });
  }

  function say(text) {
    const status = document.getElementById("status");
    if (status && status.textContent !== text) status.textContent = text;
  }

  const percent = (share) => new Intl.NumberFormat(page.texts.lang, { style: "percent" }).format(share);

  function status() {
    const waits = page.pending && now() - page.pending.firstAt > QUIET_MS;
    document.documentElement.classList.toggle("reconnecting", Boolean(waits));
    if (waits) return say(page.texts.reconnecting);
    if (page.catchingUp !== null) return say(page.texts.catching_up.replace("{share}", percent(page.catchingUp)));
    if (!page.run) return say(page.texts.loading);
    const state = page.playing ? page.texts.running : page.texts.paused;
    say(page.notice ? `${state} · ${page.notice}` : state);
  }

  function play(on) {
    page.playing = on;
    page.notice = "";
    page.owedMin = on ? page.stepMin : 0;
    page.behindMin = 0;
    set("playing", { data: on });
    set("play", { "aria-pressed": String(on) });
    set("pause", { "aria-pressed": String(!on) });
    status();
  }

  function showControls(answer) {
    page.force = { ...answer.force };
    for (const [id, value] of Object.entries(answer.force)) set(id, { value });
  }

  function renew(build) {
    const last = Number(window.sessionStorage.getItem("renewed") || 0);
    if (build === page.build || Date.now() - last < RELOAD_MS) return false;
    window.sessionStorage.setItem("renewed", String(Date.now()));
    window.location.reload();
    return true;
  }

  function accept(answer, what) {
    page.kept = false;
    page.run = answer.run;
    page.stepMin = answer.step_min;
    page.form = answer.form || page.form;
    page.offer = answer.offer;
    page.files = answer.files;
    set("run", { data: answer.run });
    if (answer.form) set("files", { data: answer.files });
    window.dash_clientside.page.write(answer);
    if (what.restart) page.notice = page.texts.new_run;
    if (what.link || what.file) opened();
    if (what.share) share().show(answer.link, page.texts);
    if (answer.form) showControls(answer);
  }

  function opened() {
    share().forget();
    play(false);
    page.notice = page.texts.opened;
  }

  function open(contents) {
    if (!contents) return;
    set("share-open", { contents: null });
    command({ file: share().text(contents), fill: true });
  }

  function lost() {
    page.kept = false;
    page.run = null;
    page.files = {};
    page.notice = page.texts.lost;
    ask({ fill: true });
  }

  function refuse(what, answer) {
    if (what.link) {
      share().forget();
      play(page.playing);
      page.notice = answer.issues.map((issue) => issue.line).join(" ");
      if (page.kept) ask({ fill: true });
      return;
    }
    if (page.kept && !what.file) return lost();
    play(false);
    for (const [id, value] of Object.entries(page.shown)) set(id, { value });
    page.force = { ...page.shown };
    if (page.kept) ask({ fill: true });
  }

  function answered(answer) {
    if (!answer || !page.pending || answer.number !== page.pending.request.number) return;
    const { what, request } = page.pending;
    if (renew(answer.build)) return;
    page.catchingUp = answer.catching_up ?? null;
    if (page.catchingUp !== null) {
      send({ ...request, attempt: request.attempt + 1 }, what, now(), DEADLINE_MS);
      return status();
    }
    page.pending = null;
    if (answer.ok) {
      accept(answer, what);
      page.shown = answer.force;
    } else {
      refuse(what, answer);
    }
    flush();
    status();
  }

  function timer() {
    const at = now();
    const elapsed = Math.min(at - page.timerAt, 1000);
    page.timerAt = at;
    if (document.hidden) return;
    if (page.hiddenAt !== null) returned(at);
    if (page.going) return leave();
    if (page.pending) watch(at);
    if (page.playing && page.run) {
      page.owedMin += (elapsed / 1000) * page.speed;
      step();
    }
    status();
  }

  // Time goes on for a hidden page: it is made up for when someone looks again, as far as a week of the simulation.
  function returned(at) {
    if (page.playing && page.run) page.behindMin = Math.min(page.behindMin + ((at - page.hiddenAt) / 1000) * page.speed, MAX_BEHIND_MIN);
    page.hiddenAt = null;
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden) page.hiddenAt ??= now();
  });

  window.addEventListener("hashchange", () => {
    const link = share().link();
    if (link && page.texts.lang) command({ link, fill: true });
  });

  function boot(texts, run, playing, speed, build, files) {
    const first = !page.texts.lang;
    page.going = null;
    page.texts = texts;
    if (first) {
      page.build = build;
      page.run = run || null;
      page.files = files || {};
      page.playing = playing !== false;
      page.speed = Number(speed) || page.speed;
    }
    play(page.playing);
    const unanswered = merged(page.pending?.what, page.wanted) || {};
    page.wanted = null;
    const link = first ? share().link() : undefined;
    ask(merged(unanswered, { fill: true, link }));
    return texts.lang;
  }

  function changed(name, value) {
    if (!page.run || value === undefined || value === null || page.force[name] === value) return false;
    page.force[name] = value;
    page.notice = "";
    return true;
  }

  function differing(values, ids, kind) {
    const fields = ids.map((id, k) => [id.name, values[k]]);
    return Object.fromEntries(fields.filter(([name, value]) => kind(name) && page.form[name] !== undefined && page.form[name] !== value));
  }

  const isParameter = (name) => name.includes(".");

  function parameter(values, ids) {
    const params = differing(values, ids, isParameter);
    if (!page.run || !Object.keys(params).length) return;
    page.form = { ...page.form, ...params };
    command({ set: { params } });
  }

  function fleetSize(value) {
    if (!page.run || !value || page.form.fleet_size === undefined || page.form.fleet_size === value) return;
    page.form.fleet_size = value;
    command({ restart: true, scenario: { fleet_size: value } });
  }

  const fileFor = (id, file) => command({ restart: true, upload: { [id.slice("upload-".length)]: file } });

  // The same file may be given again after it was mended: what was read of it is forgotten. One that is too long is named alone.
  function upload(contents, name, id) {
    if (!contents || !page.run) return;
    set(id, { contents: null });
    const input = document.querySelector(`#${id} input`);
    if (input) input.value = "";
    fileFor(id, { name, contents: contents.length <= 1.5 * page.texts.file_bytes ? contents : null });
  }

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.gate = {
    boot, go, timer, answered, parameter,
    play: () => play(true),
    pause: () => play(false),
    single_step: () => { play(false); command({ steps: 1 }); },
    reset: () => command({ restart: true }),
    speed: (value) => { page.speed = Number(value) || page.speed; page.owedMin = Math.min(page.owedMin, page.stepMin); },
    strategy: (value) => { if (changed("strategy", value)) command({ set: { strategy: value } }); },
    v2g: (value) => { if (changed("v2g", value)) command({ set: { v2g: value } }); },
    catalog: (value) => { if (changed("catalog", value)) command({ restart: true, scenario: { catalog: value }, upload: { catalog_spec: null } }); },
    fleet_size: fleetSize,
    upload, open,
    download: () => { if (page.run) share().download(page.run, page.texts); },
    share: () => command({ share: true }),
    remove_file: (clicks, id) => { if (clicks && page.run) fileFor(id, null); },
    event: () => command({ set: { event: page.texts.event } }),
    offer: () => { if (page.offer) command({ set: { params: page.offer }, fill: true }); },
    apply: (clicks, values, ids) => command({ restart: true, scenario: differing(values, ids, (name) => !isParameter(name)) }),
    model: (rows) => {
      const model = rows && rows.length ? rows[0].model : null;
      if (model !== page.model) { page.model = model; command({}); }
    },
    basis: (value) => { if (value !== page.basis) { page.basis = value; command({ full: true }); } },
  };
})();
