// Shows server-made HTML, and tells the server what a person clicked, typed or sent.
// New HTML is merged into the old by data-key, so that focus, scroll and half-typed words survive.

const HOLD_MS = 10000  // a pointer that rests for longer holds nothing back

function sync_attributes(from, to) {
  for (const {name} of [...from.attributes]) {
    if (!to.hasAttribute(name)) from.removeAttribute(name)
  }
  for (const {name, value} of to.attributes) {
    if (from.getAttribute(name) !== value) from.setAttribute(name, value)
  }
}

function same_kind(a, b) {
  return a.nodeType === b.nodeType && a.nodeName === b.nodeName &&
    (a.nodeType !== 1 || a.getAttribute("data-key") === b.getAttribute("data-key"))
}

function kind_of(node) {
  return node.nodeType === 1 ? `${node.nodeName} ${node.getAttribute("data-key")}` : node.nodeName
}

// Returns a node's children; of a list without the blanks between its lines, which would hold them.
function children(node) {
  const all = [...node.childNodes]
  const is_list = node.firstElementChild?.hasAttribute("data-key")
  return is_list ? all.filter(one => one.nodeType === 1 || one.nodeValue.trim()) : all
}

// Returns for each new node the old one that becomes it: of its name and key, wherever that stands.
function kept(from, fresh) {
  const left = Map.groupBy(from.childNodes, kind_of)
  const found = fresh.map(node => left.get(kind_of(node))?.shift())
  for (const nodes of left.values()) nodes.forEach(node => node.remove())
  put_in_order(from, fresh.map((node, at) => found[at] ?? node))
  return found
}

// Moves as few nodes as a list needs, and never the one a person is in: it would lose the focus.
function put_in_order(from, nodes) {
  const active = from.getRootNode().activeElement
  const still = active ? nodes.findIndex(node => node.contains(active)) : -1
  for (let at = still - 1; at >= 0; at--) {
    if (nodes[at].nextSibling !== nodes[at + 1]) from.insertBefore(nodes[at], nodes[at + 1])
  }
  for (let at = still + 1; at < nodes.length; at++) {
    let next = at ? nodes[at - 1].nextSibling : from.firstChild
    if (next && next !== nodes[at] && next.nextSibling === nodes[at]) {
      from.appendChild(next)
      next = nodes[at]
    }
    if (next !== nodes[at]) from.insertBefore(nodes[at], next)
  }
}

function merge(from, to) {
  const fresh = children(to)
  let old = [...from.childNodes]
  const in_step = old.length === fresh.length && old.every((node, at) => same_kind(node, fresh[at]))
  if (!in_step) old = kept(from, fresh)
  fresh.forEach((node, at) => {
    if (!old[at] || old[at].isEqualNode(node)) return
    if (node.nodeType === 1) {
      sync_attributes(old[at], node)
      merge(old[at], node)
    } else {
      old[at].nodeValue = node.nodeValue
    }
  })
}

// Keeps the lines of a list where they stand, and says how many new ones wait for their place.
function hold(list, fresh) {
  const lines = new Map([...fresh.children].map(line => [line.dataset.key, line]))
  const stay = [...list.children].map(line => lines.get(line.dataset.key) ?? line.cloneNode(true))
  fresh.replaceChildren(...stay)
  return [...lines.values()].filter(line => !stay.includes(line)).length
}

// Scrolls a list, and nothing else, until a line of it is in sight: of a higher one its beginning.
function bring_into_sight(line) {
  const box = line.closest(".scroll"), seen = box.getBoundingClientRect()
  const {top, bottom} = line.getBoundingClientRect()
  const above = seen.top + (line.closest("table")?.tHead?.offsetHeight ?? 0)
  if (top < above) box.scrollTop -= above - top
  else if (bottom > seen.bottom) box.scrollTop += Math.ceil(Math.min(bottom - seen.bottom, top - above))
}

function told(event) {
  return event.composedPath().find(node => node.dataset && node.dataset.do)
}

// Asks before what cannot be taken back; not by confirm(), which would stop the whole page.
function when_sure(node, act) {
  if (!node.dataset.sure) return act()
  const dialog = document.createElement("dialog")
  dialog.append(document.createElement("p"), document.createElement("form"))
  dialog.firstChild.textContent = node.dataset.sure
  dialog.lastChild.method = "dialog"
  dialog.lastChild.innerHTML = '<button value="yes">Yes</button><button value="">Cancel</button>'
  dialog.addEventListener("close", () => {
    dialog.remove()
    if (dialog.returnValue === "yes") act()
  })
  node.getRootNode().append(dialog)
  dialog.showModal()
}

export function render({model}) {
  const root = document.createElement("div")
  root.className = "fragment"
  let pointed_at = 0, release = 0, selected = "", asked = null, height = 0
  const follow = () => {
    const line = root.querySelector("li.selected")
    if (line && line.dataset.key !== selected) bring_into_sight(line)
    selected = line?.dataset.key
    // what is answered in the line that was asked from is read without looking for it
    if (asked?.isConnected && asked.clientHeight > height) bring_into_sight(asked)
    height = asked?.clientHeight ?? 0
  }
  const draw = () => {
    const template = document.createElement("template")
    template.innerHTML = model.html
    const list = root.querySelector("[data-hold]"), fresh = template.content.querySelector("[data-hold]")
    const is_held = list && fresh && Date.now() - pointed_at < HOLD_MS
    const waiting = is_held ? hold(list, fresh) : 0
    clearTimeout(release)
    release = is_held ? setTimeout(draw, HOLD_MS) : 0
    merge(root, template.content)
    root.toggleAttribute("data-waiting", waiting > 0)
    if (waiting) root.dataset.waiting = `${waiting} new ▲`
    if (root.clientHeight) follow()
    root.dispatchEvent(new CustomEvent("drawn", {bubbles: true, composed: true}))
  }
  model.on("html", draw)
  draw()
  const laid_out = new ResizeObserver(() => {
    if (!root.clientHeight) return
    laid_out.disconnect()
    follow()
  })
  laid_out.observe(root)
  // nobody hits what slid under the pointer: a list keeps its order while it is pointed at
  root.addEventListener("pointermove", event => {
    if (event.pointerType === "mouse") pointed_at = Date.now()
  })
  root.addEventListener("pointerleave", () => {
    pointed_at = 0
    if (release) draw()
  })
  root.addEventListener("click", event => {
    const node = told(event)
    if (!node || node.tagName === "FORM" || node.tagName === "INPUT") return
    event.preventDefault()
    const message = {...node.dataset}
    asked = node.closest(".scroll tr")
    height = asked?.clientHeight ?? 0
    when_sure(node, () => model.send_msg(message))
  })
  root.addEventListener("keydown", event => {
    const row = event.target
    if (!/^(TR|LI)$/.test(row.tagName) || !["Enter", " "].includes(event.key)) return
    event.preventDefault()
    row.click()
  })
  root.addEventListener("input", event => {
    const node = event.target
    if (node.tagName === "INPUT" && node.dataset.do) {
      model.send_msg({...node.dataset, text: node.value})
    }
  })
  root.addEventListener("submit", event => {
    event.preventDefault()
    const form = event.target, message = {...form.dataset, ...Object.fromEntries(new FormData(form))}
    when_sure(form, () => {
      model.send_msg(message)
      form.reset()
    })
  })
  if (model.root) window.tieline_shell(root, message => model.send_msg(message))
  return root
}
