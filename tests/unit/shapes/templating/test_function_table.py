import collections

import pytest

from provider.gotemplate.execute import builtins
from provider.gotemplate.functions import table
from provider.shapes.templating import function_table, vault_functions

# What consul-template's funcMap holds (template/template.go), sprig apart.
OWN = """
    add base64Decode base64Encode base64URLDecode base64URLEncode byKey byMeta byPort byTag caLeaf caRoots connect
    contains containsAll containsAny containsNone containsNotAll datacenters divide env envOrDefault executeTemplate
    explode explodeMap exportedServices file hmacSHA256Hex importedServices in indent join key keyExists keyOrDefault
    loop ls maximum md5sum mergeMap mergeMapWithOverride minimum modulo multiply mustEnv node nodes nomadService
    nomadServices nomadVar nomadVarExists nomadVarList nomadVarListSafe parseBool parseFloat parseInt parseJSON
    parseUint parseYAML partitions peerings pkiCert plugin regexMatch regexReplaceAll replaceAll safeLs safeTree scratch
    secret secrets service services sha256Hex sockaddr spew_dump spew_printf spew_sdump spew_sprintf split splitToMap
    subtract timestamp toJSON toJSONPretty toLower toTOML toTitle toUnescapedJSON toUnescapedJSONPretty toUpper toYAML
    tree trim trimPrefix trimSpace trimSuffix writeToFile
"""
# sprig's hermetic functions, which consul-template takes in under a prefix.
SPRIG = """
    abbrev abbrevboth add add1 add1f addf adler32sum ago all any append atoi b32dec b32enc b64dec b64enc base bcrypt
    biggest buildCustomCert camelcase cat ceil chunk clean coalesce compact concat contains decryptAES deepCopy
    deepEqual default derivePassword dict dig dir div divf duration durationRound empty encryptAES ext fail first
    float64 floor fromJson genCA genCAWithKey genPrivateKey genSelfSignedCert genSelfSignedCertWithKey genSignedCert
    genSignedCertWithKey get has hasKey hasPrefix hasSuffix hello htpasswd indent initial initials int int64 isAbs join
    kebabcase keys kindIs kindOf last list lower max maxf merge mergeOverwrite min minf mod mul mulf mustAppend
    mustChunk mustCompact mustDateModify mustDeepCopy mustFirst mustFromJson mustHas mustInitial mustLast mustMerge
    mustMergeOverwrite mustPrepend mustPush mustRegexFind mustRegexFindAll mustRegexMatch mustRegexReplaceAll
    mustRegexReplaceAllLiteral mustRegexSplit mustRest mustReverse mustSlice mustToDate mustToJson mustToPrettyJson
    mustToRawJson mustUniq mustWithout must_date_modify nindent nospace omit osBase osClean osDir osExt osIsAbs pick
    pluck plural prepend push quote randInt regexFind regexFindAll regexMatch regexQuoteMeta regexReplaceAll
    regexReplaceAllLiteral regexSplit repeat replace rest reverse round semver semverCompare seq set sha1sum sha256sum
    sha512sum shuffle slice snakecase sortAlpha split splitList splitn squote sub subf substr swapcase ternary title
    toDate toDecimal toJson toPrettyJson toRawJson toString toStrings trim trimAll trimPrefix trimSuffix trimall trunc
    tuple typeIs typeIsLike typeOf uniq unixEpoch unset until untilStep untitle upper urlJoin urlParse values without
    wrap wrapWith
"""
LEFT_OUT: frozenset[str] = frozenset()


def test_there_are_the_functions_of_consul_template() -> None:
    """All of them and no other, so that a template that is parsed there is parsed here."""
    names = {*OWN.split(), *(f"sprig_{name}" for name in SPRIG.split())}
    assert set(function_table.FUNCTIONS) == names - LEFT_OUT


def test_no_function_hides_another() -> None:
    """Each name stands in one table, under itself, and none is a builtin's."""
    names = collections.Counter(name for each in (*table.TABLES, vault_functions.TABLE) for name in each.functions)
    assert [name for name, count in names.items() if count > 1] == []
    assert not set(names) & set(builtins.NAMES)
    assert all(name == each.name for name, each in function_table.FUNCTIONS.items())


@pytest.mark.parametrize("name", ["now", "date", "sprig_now", "sprig_env", "sprig_randAlpha", "sprig_uuidv4", "upper"])
def test_what_consul_template_lacks_is_not_there(name: str) -> None:
    """Sprig's functions without the prefix, and those that are not hermetic: a template that names one is wrong."""
    assert name not in function_table.FUNCTIONS
