"""Names the places of an error in the file of the manifest that it is about. Pure."""

from provider import errors, findings
from provider.shapes import template
from provider.spec import manifests, objects, shared_templates


def in_manifest(error: errors.ProviderError, manifest: manifests.ProviderClass) -> errors.ProviderError:
    """The same error with places in the manifest's file, where it has any."""
    match error:
        case errors.SpecError():
            return errors.SpecError([each.located(manifest.sources) for each in error.findings])
        case errors.MountFailed() if any(isinstance(each, errors.TemplateError) for _, each in error.failures):
            return _with_templates(error, manifest)
    return error


def _with_templates(error: errors.MountFailed, manifest: manifests.ProviderClass) -> errors.MountFailed:
    own = objects.sources(manifest.parameters.get("objects", ""), template.TemplateFile.MARK)
    shared = shared_templates.parse(manifest.parameters.get("templates", ""), findings.Report())

    def located(name: str, failure: errors.ProviderError) -> errors.ProviderError:
        if not isinstance(failure, errors.TemplateError) or not failure.line:
            return failure
        source = shared.get(failure.template) if failure.template else own.get(name)
        if source is None:
            return failure
        return failure.located(source.place(failure.line, failure.column).located(manifest.sources).text)

    failures = [(name, located(name, failure)) for name, failure in error.failures]
    return errors.MountFailed(failures, error.total)
