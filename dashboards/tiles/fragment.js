// Shows server-made HTML, and tells the server what a person clicked, typed or sent.
// New HTML is merged into the old, so that focus, scroll and half-typed words survive.

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

function merge(from, to) {
  const fresh = [...to.childNodes]
  fresh.forEach((node, index) => {
    const old = from.childNodes[index]
    if (!old) {
      from.appendChild(node)
    } else if (!same_kind(old, node)) {
      from.replaceChild(node, old)
    } else if (node.nodeType === 1) {
      sync_attributes(old, node)
      merge(old, node)
    } else if (old.nodeValue !== node.nodeValue) {
      old.nodeValue = node.nodeValue
    }
  })
  while (from.childNodes.length > fresh.length) from.removeChild(from.lastChild)
}

function told(event) {
  return event.composedPath().find(node => node.dataset && node.dataset.do)
}

export function render({model}) {
  const root = document.createElement("div")
  root.className = "fragment"
  const draw = () => {
    const template = document.createElement("template")
    template.innerHTML = model.html
    merge(root, template.content)
    root.dispatchEvent(new CustomEvent("drawn", {bubbles: true, composed: true}))
  }
  model.on("html", draw)
  draw()
  root.addEventListener("click", event => {
    const node = told(event)
    if (!node || node.tagName === "FORM" || node.tagName === "INPUT") return
    event.preventDefault()
    model.send_msg({...node.dataset})
  })
  root.addEventListener("input", event => {
    const node = event.target
    if (node.tagName === "INPUT" && node.dataset.do) {
      model.send_msg({...node.dataset, text: node.value})
    }
  })
  root.addEventListener("submit", event => {
    event.preventDefault()
    const form = event.target
    model.send_msg({...form.dataset, ...Object.fromEntries(new FormData(form))})
    form.reset()
  })
  if (model.root) window.tieline_shell(root, message => model.send_msg(message))
  return root
}
