"""Languages and their codes, as in LanguageTool."""

from collections.abc import Sequence
from dataclasses import dataclass

_NAMES = {
    "ar": "Arabic",
    "ast": "Asturian",
    "be": "Belarusian",
    "br": "Breton",
    "ca": "Catalan",
    "cs": "Czech",
    "da": "Danish",
    "de": "German",
    "el": "Greek",
    "en": "English",
    "eo": "Esperanto",
    "es": "Spanish",
    "et": "Estonian",
    "fa": "Persian",
    "fi": "Finnish",
    "fr": "French",
    "ga": "Irish",
    "gl": "Galician",
    "he": "Hebrew",
    "hi": "Hindi",
    "hu": "Hungarian",
    "it": "Italian",
    "ja": "Japanese",
    "km": "Khmer",
    "ko": "Korean",
    "lt": "Lithuanian",
    "lv": "Latvian",
    "nl": "Dutch",
    "no": "Norwegian",
    "pl": "Polish",
    "pt": "Portuguese",
    "ro": "Romanian",
    "ru": "Russian",
    "sk": "Slovak",
    "sl": "Slovenian",
    "sv": "Swedish",
    "ta": "Tamil",
    "tl": "Tagalog",
    "tr": "Turkish",
    "uk": "Ukrainian",
    "vi": "Vietnamese",
    "zh": "Chinese",
}
_SPELLING_RULES = {
    "ar": "HUNSPELL_RULE_AR",
    "be": "MORFOLOGIK_RULE_BE_BY",
    "br": "MORFOLOGIK_RULE_BR_FR",
    "ca": "MORFOLOGIK_RULE_CA_ES",
    "da": "HUNSPELL_RULE",
    "de": "GERMAN_SPELLER_RULE",
    "de-AT": "AUSTRIAN_GERMAN_SPELLER_RULE",
    "de-CH": "SWISS_GERMAN_SPELLER_RULE",
    "el": "MORFOLOGIK_RULE_EL_GR",
    "eo": "HUNSPELL_RULE",
    "es": "MORFOLOGIK_RULE_ES",
    "fr": "FR_SPELLING_RULE",
    "ga": "MORFOLOGIK_RULE_GA_IE",
    "gl": "HUNSPELL_RULE",
    "it": "MORFOLOGIK_RULE_IT_IT",
    "km": "HUNSPELL_RULE",
    "nl": "MORFOLOGIK_RULE_NL_NL",
    "pl": "MORFOLOGIK_RULE_PL_PL",
    "pt": "MORFOLOGIK_RULE_PT_PT",
    "pt-BR": "MORFOLOGIK_RULE_PT_BR",
    "ro": "MORFOLOGIK_RULE_RO_RO",
    "ru": "MORFOLOGIK_RULE_RU_RU",
    "sk": "MORFOLOGIK_RULE_SK_SK",
    "sl": "MORFOLOGIK_RULE_SL_SI",
    "sv": "HUNSPELL_RULE",
    "uk": "MORFOLOGIK_RULE_UK_UA",
}
"""LanguageTool's rule for spelling, where it is not named after the code of the language."""

_COUNTRIES = {
    "AU": "Australian",
    "CA": "Canadian",
    "GB": "GB",
    "NZ": "New Zealand",
    "US": "US",
    "ZA": "South African",
}


@dataclass(frozen=True, slots=True)
class Language:
    """A language; `long_code` includes the country if there is one."""

    long_code: str

    @property
    def code(self) -> str:
        """The code without the country: `en` for `en-GB`."""
        return self.long_code.partition("-")[0]

    @property
    def spelling_rule(self) -> str:
        """The id of LanguageTool's rule for spelling: `MORFOLOGIK_RULE_EN_US` for `en-US`.

        Clients tell misspelt words, which they can add to a dictionary, by it.
        """
        named = "MORFOLOGIK_RULE_" + self.long_code.upper().replace("-", "_")
        of_the_language = _SPELLING_RULES.get(self.code, named)
        return _SPELLING_RULES.get(self.long_code, of_the_language)

    @property
    def name(self) -> str:
        """The English name of the language, or its code if the name is unknown."""
        code, _, country = self.long_code.partition("-")
        if code not in _NAMES:
            return self.long_code
        return f"{_NAMES[code]} ({_COUNTRIES.get(country, country)})" if country else _NAMES[code]


def find(code: str, served: Sequence[str]) -> Language | None:
    """Return the served language with this code; ignores case, and accepts `_` for `-`."""
    wanted = code.strip().replace("_", "-").casefold()
    for long_code in served:
        if long_code.casefold() == wanted:
            return Language(long_code)
    return None


def preferred(codes: Sequence[str], served: Sequence[str]) -> Language:
    """Return the first of `codes` that is served, or the first served language."""
    matches = (find(code, served) for code in dict.fromkeys(codes))
    return next((language for language in matches if language), Language(served[0]))
