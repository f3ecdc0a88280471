// Arabic numbers and dates for Plotly, as in Morocco.
(function () {
  "use strict";
  const months = ["يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"];
  const days = ["الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"];
  const arabic = {
    moduleType: "locale",
    name: "ar",
    dictionary: { "Download plot as a PNG": "حفظ بصيغة PNG", "Reset axes": "العودة إلى الفترة كلها" },
    format: {
      days,
      shortDays: days,
      months,
      shortMonths: months,
      date: "%d/%m/%Y",
      decimal: ",",
      thousands: ".",
      grouping: [3],
      year: "%Y",
      month: "%b %Y",
      dayMonth: "%-d %b",
      dayMonthYear: "%-d %b %Y",
    },
  };
  // Plotly, which comes later, registers them.
  (window.PlotlyLocales = window.PlotlyLocales || []).push(arabic);
})();
