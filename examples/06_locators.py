"""Script a page by what is seen on it: locators that wait, relations, expectations.

python examples/06_locators.py
"""

from vl2agent import BrowserSandbox, Screen, expect
from vl2agent.errors import AmbiguousTarget

PAGE = """<title>Guests</title><style>* { font: 20px sans-serif; padding: .2em .6em }</style>
<label>Name <br><input></label> <button onclick="invite()">Invite</button>
<table></table><p></p>
<script>
  const [field, table, note] = ["input", "table", "p"].map(tag => document.querySelector(tag))
  const row = name => `<tr><td>${name}<td><button onclick="remove(this)">Remove</button>`
  const invite = () => setTimeout(() => table.innerHTML += row(field.value), 800)  // as if a server were asked
  const remove = button => { button.closest("tr").remove(); note.textContent = "One guest removed" }
</script>"""


def main() -> list[str]:
    """Invite three guests and send one away; return who is left, as the page shows them."""
    with BrowserSandbox(html=PAGE, size=(640, 400)) as browser, Screen(browser) as screen:
        for name in ("Ada", "Grace", "Barbara"):
            screen.locate("Name field").type(name, clear=True)
            screen.locate("Invite button").click()
            expect(screen.locate(name).left_of("Remove")).to_be_visible()  # comes late: it is waited for

        remove = screen.locate("Remove button")  # lazy: looked for anew each time
        try:
            remove.click()
        except AmbiguousTarget as error:  # nothing was clicked; the error has a picture of them
            print(f"{error}\nsee {error.picture}")
        remove.right_of("Grace").click()

        expect(screen).to_show("a note that says 'One guest removed'")
        expect(screen.locate("Grace")).to_be_gone()
        return [guest.text() for guest in (screen.locate("Ada"), screen.locate("Barbara").left_of(remove))]


if __name__ == "__main__":
    print("guests:", main())
