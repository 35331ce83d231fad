// Draws the charts, and draws them again when the reader's preference turns dark or light.
const charts = JSON.parse(document.getElementById("charts").textContent);
const settings = JSON.parse(document.getElementById("settings").textContent);
const shopReport = { views: {} };

// Charts name colours as the style sheet does; Vega wants them as they are now.
function withColours(value) {
  const style = getComputedStyle(document.documentElement);
  const text = JSON.stringify(value).replace(/var\((--[\w-]+)\)/g, (_, name) => style.getPropertyValue(name).trim());
  return JSON.parse(text);
}

async function draw() {
  for (const [name, chart] of Object.entries(charts)) {
    const place = document.getElementById(`chart-${name}`);
    shopReport.views[name]?.finalize();
    const drawn = await vegaEmbed(place, withColours(chart), {
      actions: false,
      renderer: "svg",
      config: withColours(settings.config),
      formatLocale: { decimal: ".", thousands: ",", grouping: [3], currency: [settings.sign, ""] },
      tooltip: { theme: "custom" },
    });
    shopReport.views[name] = drawn.view;
  }
}

shopReport.drawn = draw();
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  shopReport.drawn = shopReport.drawn.then(draw);
});
