// Tables of a page: a click on a head sorts, a button copies all as CSV; figures: a button keeps the picture.
const textOf = cell => cell.textContent.trim();

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  heads.forEach((head, column) => {
    const size = row => parseFloat(row.cells[column].dataset.value ?? textOf(row.cells[column]).replace("−", "-"));
    const unknown = row => ["", "–", "not known"].includes(textOf(row.cells[column]));
    const sort = () => {
      const sign = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
      heads.forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", sign > 0 ? "ascending" : "descending");
      const rows = [...body.rows], known = rows.filter(row => !unknown(row));
      const numbers = known.every(row => !isNaN(size(row)));
      const words = (a, b) => textOf(a.cells[column]).localeCompare(textOf(b.cells[column]), "en", { numeric: true });
      known.sort((a, b) => sign * (numbers ? size(a) - size(b) : words(a, b)));
      body.append(...known, ...rows.filter(unknown));
    };
    head.tabIndex = 0;
    head.title = "Sort by " + textOf(head);
    head.addEventListener("click", sort);
    head.addEventListener("keydown", event => {
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); sort(); }
    });
  });
}

/** A table as CSV (RFC 4180); numbers with all their digits. */
function csvOf(table) {
  const quoted = text => /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const rows = [table.tHead.rows[0], ...table.tBodies[0].rows];
  return rows.map(row => [...row.cells].map(cell => quoted(cell.dataset.value ?? textOf(cell))).join(",")).join("\r\n") + "\r\n";
}

/** Copy a text; where the browser refuses, show it selected, to be copied by hand. */
async function copied(text, button) {
  const said = button.textContent;
  try {
    await navigator.clipboard.writeText(text);
    button.textContent = "Copied";
    setTimeout(() => { button.textContent = said; }, 2000);
  } catch {
    const area = document.createElement("textarea");
    area.className = "copy";
    area.value = text;
    area.setAttribute("aria-label", "The text to copy");
    button.after(area);
    area.select();
    button.hidden = true;
  }
}

const overflows = new ResizeObserver(entries => entries.forEach(({ target }) => {
  target.parentElement.classList.toggle("over", target.scrollWidth > target.clientWidth + 1);
}));
document.querySelectorAll(".scroll").forEach(box => overflows.observe(box));
document.querySelectorAll("table.sortable").forEach(sortable);
for (const button of document.querySelectorAll("button.csv")) {
  const table = document.getElementById(button.dataset.table);
  button.addEventListener("click", () => copied(csvOf(table), button));
}
for (const button of document.querySelectorAll("button.command")) {
  button.addEventListener("click", () => copied(button.parentElement.querySelector("pre").textContent, button));
}
for (const link of document.querySelectorAll("a.picture")) {
  link.href = document.getElementById(link.dataset.picture).src;
}
document.documentElement.classList.add("scripted");
