// What belongs to the whole page: its colours and frame, keys, and the watch over the connection.
// The shell's HTML carries the facts as data attributes; the body repeats them for the style sheet.

const SILENT_AFTER_MS = 6000
const BUILT_WITHIN_MS = 15000  // once all is loaded: a slow browser needs some seconds
const RETRY_MS = 2000

let heard_at = Date.now()
let built = false
let lost = null
let going_to = null

const page_in_address = () => new URLSearchParams(window.location.search).get("page")

// The address says what was chosen, so that a reload shows it again; each page is a step of the
// browser's history. While a step back is on its way the server still speaks of the page before it.
function told_address({page, query}) {
  if (going_to !== null && page !== going_to) return
  going_to = null
  const wanted = new URL(window.location.href)
  wanted.search = query
  if (wanted.href === window.location.href) return
  const is_step = page_in_address() !== null && page_in_address() !== page
  window.history[is_step ? "pushState" : "replaceState"](null, "", wanted.href)
}

// Finds the first such element of the tiles that are shown.
function in_sight(selector) {
  const found = [...document.querySelectorAll("main *")].flatMap(
    node => node.shadowRoot ? [...node.shadowRoot.querySelectorAll(selector)] : [])
  return found.find(node => node.checkVisibility({visibilityProperty: true}))
}

window.tieline_shell = (root, send) => {
  built = true

  const adopt = () => {
    heard_at = Date.now()
    const facts = root.querySelector("[data-standing]")
    if (!facts) return
    Object.assign(document.body.dataset, facts.dataset)
    document.title = facts.dataset.title
    told_address(facts.dataset)
  }
  root.addEventListener("drawn", adopt)
  adopt()
  window.addEventListener("popstate", () => {
    going_to = page_in_address()
    send({do: "page", page: going_to})
  })

  window.addEventListener("keydown", event => {
    const typing = event.composedPath().some(node => /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName))
    if (event.key === "Escape" && typing) event.composedPath()[0].blur()
    const asked = event.composedPath().some(node => node.tagName === "DIALOG")
    if (typing || asked || event.ctrlKey || event.metaKey || event.altKey) return
    if (event.key === "/") {
      const box = in_sight("input[type=search]")
      if (box) { event.preventDefault(); box.focus() }
      return
    }
    if (["?", "a", "j", "k", "[", "]", "m", "r", "Escape"].includes(event.key) || /^[1-9]$/.test(event.key)) {
      event.preventDefault()
      const line = in_sight("li.selected")
      send({do: "key", key: event.key, case: line ? line.dataset.case : ""})
    }
  })
}

// The server writes at least once a second; silence means that nothing shown is current, or that
// nothing is shown at all: the page was not built.
const watch = setInterval(async () => {
  if (document.readyState !== "complete") heard_at = Date.now()  // a slow line is no lost one
  if (Date.now() - heard_at < (built ? SILENT_AFTER_MS : BUILT_WITHIN_MS)) return
  if (lost === null) {
    lost = new Date(heard_at)
    document.body.dataset.standing = "disconnected"
    const banner = document.getElementById("disconnected")
    const time = lost.toLocaleTimeString([], {hour12: false})
    banner.textContent = built
      ? `No connection to Tieline since ${time} (this computer's time). ` +
        "Nothing below is current. Trying again by itself."
      : "No connection to Tieline: the page could not be built. Trying again by itself."
  }
  try {
    const answer = await fetch("livez", {cache: "no-store"})
    if (answer.ok) { clearInterval(watch); window.location.reload() }
  } catch { /* still away */ }
}, RETRY_MS)
