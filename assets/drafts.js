// The values of the form that are typed and not applied: kept over a change of page or language, a reload and a restart.
(() => {
  "use strict";
  const app = window.dash_clientside;
  const STORAGE_KEY = "drafts";
  const NUMBER = /^[\s\d.,\u202f\u00a0-]+$/;

  // `lang` is the language in which the values were typed: a comma ends the whole part of a number in one, not in all.
  let state = { lang: null, values: {} };
  try {
    state = { ...state, ...JSON.parse(window.sessionStorage.getItem(STORAGE_KEY) || "{}") };
  } catch {
    window.sessionStorage.removeItem(STORAGE_KEY);
  }

  // Signs of the decimals and of the thousands that are no spaces.
  const SIGNS = { fr: [",", ""], en: [".", ","], ar: [",", "."] };
  // Dates in digits: the order of the language, from that of ISO or from the day first.
  const DATES = {
    fr: [/^(\d{4})-(\d{1,2})-(\d{1,2})\b/, "$3/$2/$1"],
    en: [/^(\d{1,2})\/(\d{1,2})\/(\d{4})\b/, "$3-$2-$1"],
  };
  DATES.ar = DATES.fr;

  // A sign before other than three digits stands for decimals, as in the number fields of the server.
  const isGrouped = (text, sign) => sign && new RegExp(`^-?\\d{1,3}(\\${sign}\\d{3})+(?!\\d)`).test(text);

  function translate(value, lang) {
    if (typeof value !== "string") return value;
    if (!NUMBER.test(value) || DATES[lang][0].test(value)) return value.replace(...DATES[lang]);
    const text = value.replace(/[\s\u202f\u00a0]/g, "");
    const thousands = SIGNS[state.lang][1];
    // Thousands would be read as decimals.
    return (isGrouped(text, thousands) ? text.replaceAll(thousands, "") : text).replace(/[.,]/, SIGNS[lang][0]);
  }

  function store(values) {
    state.values = values;
    window.sessionStorage.setItem(STORAGE_KEY, JSON.stringify(state));
  }

  function setLanguage(lang) {
    const isOther = state.lang && state.lang !== lang && lang in SIGNS && state.lang in SIGNS;
    const values = Object.entries(state.values).map(([name, value]) => [
      name,
      isOther ? translate(value, lang) : value,
    ]);
    state.lang = lang;
    store(Object.fromEntries(values));
  }

  app.drafts = { read: () => state.values, store, setLanguage };
})();
