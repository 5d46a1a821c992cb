"""The words that models put around an answer, by what they are for, as regular expressions."""

import re


def any_of(phrases: str) -> str:
    """Return a pattern for any of `phrases`, which a `|` or the end of a line separates.

    Longer ones come first, either apostrophe will do, and a space is any white space.
    """
    listed = {phrase.strip() for line in phrases.splitlines() for phrase in line.split("|")}
    ordered = sorted(listed - {""}, key=lambda phrase: (-len(phrase), phrase))
    joined = "|".join(re.escape(phrase) for phrase in ordered)
    return "(?:" + joined.replace("'", "['’]").replace(r"\ ", r"[ \t]") + ")"


INTERJECTION = any_of("""
    sure | sure thing | certainly | of course | absolutely | definitely | gladly | with pleasure
    ok | okay | alright | all right | great | great question | yes | no problem | got it | done
    fixed it | understood | happy to help | i'd be happy to help | i can help with that
    thank you | thanks | hello | hi | hi there | hello there | hey | here you go | here it is
    natürlich | gerne | klar | sicher | selbstverständlich | bien sûr | certainement
    avec plaisir | claro | claro que sí | por supuesto | con gusto | certamente | certo
    com certeza | конечно | 当然 | 当然可以 | 好的 | 没问题 | もちろんです | 물론입니다
""")
"""A first word that only shows that the model is willing."""

POINTER = any_of("""
    it translates | it means | in english this is | here's | here is | here are | here you go
    here it is | below is | below are | below you | this is the | this translates
    the following is | following is | see below | please find | i've corrected | i have corrected
    i've fixed | i've revised | i've rewritten | i've translated | i have translated | i corrected
    i would write | i would say | i fixed | i revised | i translated | let me | after correcting
    after correction | after reviewing | after fixing | as requested | it should be
    it should read | in english | hier ist | hier sind | voici | aquí está | aquí tienes | aquí te
    esta es | ecco | aqui está | вот | 以下是 | 这是 | 下面是 | 这句话 | 修改后 | 更正后 | 修正后
    改正后 | 正确 | 以下は | 修正後 | 다음은
""")
"""Words that announce something."""

ARTICLE = any_of("the | my | your | its | der | die | das | la | le | a | an")
QUALITY = any_of("""
    correct | corrected | correctly | correction | corrections | grammatical | grammatically
    fixed | revised | revision | improved | edited | edit | rewritten | rewrite | rephrased
    paraphrase | paraphrased | polished | proofread | updated | modified | clean | cleaned
    simplified | formal | informal | final | translated | translation | summarized | summarised
    summary | suggested | proper | fluent | natural | better
""")
"""A word of praise or description that a model gives an answer."""

THING = any_of("""
    sentence | sentences | text | version | versions | paragraph | paragraphs | passage
    translation | translations | correction | corrections | answer | answers | output | response
    result | results | summary | rewrite | revision | paraphrase | message | form | edit
""")
"""A name for an answer, which QUALITY may stand before."""

LANGUAGE = any_of("english | german | french | spanish | italian | portuguese | chinese | japanese")
LABEL = (
    rf"(?:(?:the |my |your |fully |minimally |grammatically |more )*"
    rf"(?:(?:{QUALITY}|{LANGUAGE})[ /-]+){{0,3}}"
    rf"(?:{QUALITY}|{THING}|(?:in )?{LANGUAGE})(?:[ -]{THING})?|"
    + any_of("""
    label | sentiment | category | classification | prediction | verdict | assistant | tl;dr
    improved | it should be | it should read | should be | korrigierter satz | korrigierte version
    korrigierter text | korrektur | korrigiert | verbesserter satz | übersetzung | antwort
    ausgabe | ergebnis | zusammenfassung | phrase corrigée | texte corrigé | version corrigée
    correction | corrigé | corrigée | traduction | réponse | sortie | résultat | résumé
    oración corregida | frase corregida | texto corregido | versión corregida | corrección
    corregido | traducción | respuesta | salida | resultado | resumen | frase corretta
    traduzione | risposta | frase corrigida | texto corrigido | tradução | resposta
    исправленное предложение | исправлено | перевод | ответ | 修改后 | 修改后的句子 | 修改后的文本
    更正后 | 更正后的句子 | 修正后 | 修正后的句子 | 改正后 | 改正后的句子 | 正确的句子 | 修改
    更正 | 翻译 | 译文 | 答案 | 回答 | 输出 | 结果 | 修正後の文 | 修正文 | 訂正 | 翻訳
    수정된 문장 | 번역
""")
    + ")"
)
"""A label of an answer, without its colon."""

ABOUT_ANSWER = (
    rf"\b(?:{QUALITY}|{THING}|mistakes?|errors?|grammar|spelling|should (?:be|read)|would be"
    rf"|translates?|in {LANGUAGE})\b|"
    + any_of("""
    satz | korrigiert | übersetz | verbessert | lautet | phrase | corrigé | corrig | traduction
    traduit | oración | frase | corregid | traduc | corrett | traduz | исправл | перевод
    предложен | 句 | 译 | 修 | 改 | 答案 | 版本 | 正确 | 修正 | 翻訳 | 수정 | 번역
""")
)
"""A word that shows that a sentence speaks of the answer that follows it."""

ANNOUNCING = (
    rf"(?:{POINTER}|{ARTICLE}(?:[ \t]+\w{{1,20}}){{0,2}}[ \t]+(?:{QUALITY}|{THING}|"
    + any_of("satz | phrase | oración | frase | version | übersetzung | traduction | traducción")
    + "))"
)
"""The beginning of a sentence that announces an answer."""

REMARK_LABEL = any_of("""
    note | notes | explanation | explanations | change | changes | changes made | correction
    corrections | corrections made | edit | edits | edits made | key changes | main changes
    summary of changes | list of changes | brief explanation | the changes | the corrections
    changes and explanations | reason | reasons | reasoning | rationale | comment | comments
    remark | remarks | tip | tips | p.s. | ps | disclaimer | original | original sentence
    original text | error | errors | errors corrected | mistakes | why | source | input | user
    human | question | next | instruction | confidence | score | or | another option
    other options | alternative | alternatives | alternatively | in the original
    literal translation | hinweis | anmerkung | erklärung | änderungen | korrekturen | begründung
    remarque | explication | modifications | changements | corrections apportées | nota
    explicación | cambios | cambios realizados | correcciones | observação | spiegazione
    примечание | пояснение | 注 | 注意 | 说明 | 解释 | 修改说明 | 更改 | 改动 | 解説 | 説明 | 설명
""")
"""A label of what follows an answer, without its colon."""

OFFER = any_of("""
    here's a breakdown | here is a breakdown | this translation | the translation | i translated
    let me know | feel free | hope this helps | hope that helps | i hope this helps
    i hope that helps | if you have any | if you need | if you'd like | is there anything else
    would you like me | do you have any other
""")
"""The beginning of an offer of more help."""

OF_CHANGE = any_of("""
    i changed | i corrected | i replaced | i fixed | i rewrote | i rephrased | i also changed
    i have changed | i have corrected | i have replaced | i have fixed | i have rewritten
    i've changed | i've corrected | i've replaced | i've fixed | i've rewritten
    i made the following changes | i made some changes | i made a few changes
""")
"""The beginning of a remark on what the model changed."""

REMARK_OPENING = any_of("""
    alternatively | you could also | you can also | i changed | i corrected | i replaced
    i removed | i added | i fixed | i made | i adjusted | i kept | i left | i used | i rewrote
    i hope | i also | i have changed | i have corrected | i have made | i have replaced
    i have fixed | i have removed | i have added | i've changed | i've corrected | i've made
    i've replaced | i've fixed | i've removed | i've added | i've kept | let me know
    please let me know | please note | note that | feel free | if you have | if you need
    if you want | if you'd | if you would | hope this helps | hope that helps | this helps
    is there anything | would you like | do you want | do you need | happy to help | the changes
    the change | the corrections | the correction | the errors | the error | the mistakes
    the mistake | the main change | the only change | the main correction | the only correction
    the original sentence | the original text | the corrected sentence | the sentence is
    the sentence was | this sentence is | the verb | the word | the phrase | the comma
    in the original | in the corrected | this version | this revision | this correction
    this translation | changed | corrected | replaced | removed | added | fixed | no changes
    no other | here are the changes | here's the explanation | here is the explanation
    here's what | here is a breakdown | here's a breakdown | here are some
    here are the corrections | here's why | here's a brief | here is a brief | these changes
    explanation of | is the correct | is the correction | is the corrected
    lassen sie mich wissen | lass mich wissen | ich habe | n'hésitez pas | j'ai | espero que
    avísame | he cambiado | he corregido | 希望 | 如果您 | 如果你 | 请告诉 | 我将 | 我把 | 我修改
    这里
""")
"""The beginning of a remark on an answer, or of an offer of more help."""
