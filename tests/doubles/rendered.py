"""Objects rendered from a response that is there already."""

from provider import model
from provider.golang import gojson
from provider.shapes import envelopes, read_results, renderer
from provider.shapes.templating import allowance, template_renderer
from tests.doubles import clocks, objects


def reply(document: str) -> model.Reply:
    """A response from its JSON text."""
    parsed = gojson.loads(document)
    envelope = {name: value for name, value in parsed.items() if name != "data" and value is not None}
    return model.Reply(parsed.get("data"), envelope)


def from_reply(
    wanted: model.Object, answer: model.Reply, shown: tuple[envelopes.ShownEnvelope, ...] = ()
) -> renderer.Rendered:
    """What becomes of an object; `shown` is what it has shown before."""
    results = read_results.ReadResults()
    results.add({objects.read_of(wanted): answer})
    templates = template_renderer.TemplateRenderer(clocks.TestClock())
    allowed = templates.allow(allowance.WHOLE, allowance.WHOLE.seconds)
    made = renderer.Renderer(results, 0o644, {wanted.name: shown}, templates).render(wanted, allowed)
    assert isinstance(made, renderer.Rendered)
    return made
