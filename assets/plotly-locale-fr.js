// French numbers and dates for Plotly, with the narrow no-break space between thousands.
(function () {
  "use strict";
  const french = {
    moduleType: "locale",
    name: "fr",
    dictionary: { "Download plot as a PNG": "Enregistrer en PNG", "Reset axes": "Revenir à toute la période" },
    format: {
      days: ["dimanche", "lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi"],
      shortDays: ["dim.", "lun.", "mar.", "mer.", "jeu.", "ven.", "sam."],
      months: ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"],
      shortMonths: ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
      date: "%d/%m/%Y",
      decimal: ",",
      thousands: "\u202f",
      grouping: [3],
      year: "%Y",
      month: "%b %Y",
      dayMonth: "%-d %b",
      dayMonthYear: "%-d %b %Y",
    },
  };
  // Plotly, which comes later, registers them.
  (window.PlotlyLocales = window.PlotlyLocales || []).push(french);
})();
