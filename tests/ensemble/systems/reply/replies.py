"""Replies of models as they are seen, and the answer that each has."""

SOURCE = "She go to school every day."
TARGET = "She goes to school every day."
GERMAN = "Sie geht jeden Tag zur Schule."
CHINESE = "她每天去上学。"

PREFACED = """
Sure, here you go:⏎⏎{T}
Sure thing! 😊⏎⏎{T}
Sure! {T}
Fixed it! {T}
Done:⏎{T}
Sure!\r⏎\r⏎{T}\r⏎
Corrected sentence - {T}
Corrected Sentence⏎⏎{T}
Corrected sentence:{T}
Corrected sentence (American English): {T}
The corrected sentence is: {T}
The corrected sentence is "{T}"
The sentence should read: {T}
The sentence is already correct: {T}
It should be: "{T}"
Let me correct that for you: {T}
I've corrected the sentence for you: "{T}"
Here is the sentence with corrections: {T}
As requested, the sentence has been corrected:⏎⏎{T}
Certainly! Below you will find the corrected sentence.⏎⏎{T}
Hello! The sentence you provided has a small error. Here's the corrected version:⏎⏎{T}
Yes, there is a mistake. The correct sentence is: {T}
There is one error in this sentence: "go" should be "goes".⏎⏎Corrected: {T}
I can't help with that. However, here's the corrected sentence: {T}
Formal version: {T}
Simplified: {T}
Improved version → {T}
Output = {T}
Output:⏎"{T}"
→ {T}
=> {T}
: {T}
A: {T}
AI: {T}
Assistant: {T}
assistant⏎⏎{T}
Suggestion: {T}
You should write: {T}
You could say: "{T}"
A more natural way to say this: {T}
Try this: {T}
I think you meant: {T}
Did you mean "{T}"?
Here you are: {T}
**Answer:** {T}
**Corrected sentence: {T}**
✅ Corrected: {T}
"""

REMARKED = """
{T}⏎⏎*(Changed "go" to "goes".)*
{T} (Changed "go" to "goes" for agreement.)
{T}⏎(I changed "go" to "goes".)
"{T}" The verb now agrees with its subject.
Corrected: {T}⏎⏎Explanation: third person singular needs -s.
Correction: "{T}"⏎⏎- "go" → "goes": agreement
{T}⏎⏎Corrected: "go" -> "goes"
{T}⏎⏎User: Now correct this
{T}⏎⏎### Input:⏎He go.
{T}⏎Human: next
{T}⏎Note: agreement
{T}⏎⏎Explanation:⏎⏎1. x⏎⏎2. y
{T}⏎⏎This sentence is now grammatically correct.
{T}⏎⏎Hope that helps!
{T}⏎⏎---⏎*Changes:* go → goes
{T}⏎⏎1. go → goes
{T}⏎⏎* **go → goes**: subject
{T}⏎⏎**Corrections made:**⏎1. go to goes
{T}⏎⏎(no changes were made to the rest)
{T}⏎⏎Thank you!
{T}⏎⏎Best regards,⏎Your assistant
{T}⏎⏎Alternatively: She goes to school every day, always.
{T}⏎⏎You could also say:⏎⏎She attends school daily.
{T}⏎⏎Key changes:⏎• go → goes⏎⏎Would you like me to explain?
{T}⏎⏎<explanation>agreement</explanation>
{T} Let me know if you need anything else!
No problem! {T} Let me know if you need anything else!
{T} I hope this helps!
Sure thing — {T}
Of course... {T}
Answer: {T}⏎Confidence: 0.9
Corrected sentence: {T}⏎Reason: third person
### Corrected Sentence:⏎{T}⏎⏎### Explanation:⏎The verb…
**Corrected Version:**⏎⏎*{T}*⏎⏎**What changed:**⏎⏎- go
Here's a corrected version of your sentence:⏎⏎> {T}⏎⏎Let me know if you'd like more help!
Sure! Here's your text, with improvements in clarity:⏎---⏎{T}⏎---⏎Let me know if that works.
The corrected sentence is:⏎⏎"{T}"⏎⏎Here, the verb 'goes' is used with the third person.
Okay, let's see. The user wants me to correct this. The verb is wrong.⏎⏎{T}
"""

WRAPPED = """
"{T}"
“{T}”
«{T}»
`{T}`
**{T}**
***{T}***
[{T}]
\"\"\"{T}\"\"\"
### {T} ###
<<<{T}>>>
"She goes to school every day".
> {T}
1. {T}
1) {T}
- {T}
✅ {T}
{T} ✅
---⏎{T}⏎---
```⏎{T}⏎```
```plaintext⏎{T}⏎```
```{T}```
```⏎{T}
{T}⏎```
~~~⏎{T}⏎~~~
Sure:⏎```markdown⏎{T}⏎```⏎I fixed the verb.
```json⏎{{"corrected": "{T}"}}⏎```
{{"corrected": "{T}"}}
["{T}"]
{{"original": "{S}", "corrected": "{T}", "explanation": "agreement"}}
<corrected>{T}</corrected>
<output>⏎{T}⏎</output>
<sentence id="1">{T}</sentence>
<p>{T}</p>
Here it is: <answer>{T}</answer>
\\boxed{{\\text{{{T}}}}}
{T}<|im_end|>
{T}</s>
<s> {T}
\ufeff{T}\u200b
{T} {T}
{T}⏎{T}
{T}⏎⏎{T}⏎⏎{T}
"""

BESIDE_SOURCE = """
Original: {S}⏎Corrected: {T}
**Original:** {S}⏎⏎**Corrected:** {T}
Correct sentence: {T}⏎Incorrect sentence: {S}
{S} → {T}
"{S}" → "{T}"
❌ {S}⏎✅ {T}
- {S}⏎+ {T}
```diff⏎- {S}⏎+ {T}⏎```
~~{S}~~⏎**{T}**
{S}⏎↓⏎{T}
{S}⏎⏎{T}
Q: {S}⏎A: {T}
Correct the grammar of the following sentence: {S}⏎{T}
The sentence "{S}" should be corrected to "{T}".
| Original | Corrected |⏎|---|---|⏎| {S} | {T} |
"""

REASONED = """
<think>⏎⏎</think>⏎⏎{T}
<think>⏎Is it "go"?⏎</think>⏎⏎Sure! {T}
<thinking>```</thinking>{T}
<reasoning>x</reasoning>⏎{T}
First the verb.⏎</think>⏎⏎{T}
[THINK]hm[/THINK]{T}
◁think▷hm◁/think▷{T}
<|channel|>analysis<|message|>x<|end|><|start|>assistant<|channel|>final<|message|>{T}<|return|>
analysisThe user wants.assistantfinal{T}
<|begin_of_thought|>x<|end_of_thought|><|begin_of_solution|>{T}<|end_of_solution|>
"""

TRANSLATED = """
Translation: {T}⏎⏎(Note: 'Schule' is school.)
Sure! Here's the English translation:⏎⏎"{T}"
The translation of "{G}" is "{T}".
"{G}" translates to "{T}"
"{G}" means "{T}" in English.
In English: {T}
In English, this is: "{T}"
English: {T}
It translates as "{T}"
This translates to: "{T}"
The English translation of the sentence is: "{T}"
The English translation is:⏎⏎{T}
Translation into English:⏎⏎{T}
翻译：{T}
German: {G}⏎English: {T}
{G}⏎⏎{T}
"""

OTHER_LANGUAGES = [
    ('Der korrigierte Satz lautet: "Sie geht oft."', "Sie geht oft.", "Sie gehen oft."),
    ("Hier ist der korrigierte Satz:\n\nSie geht oft.", "Sie geht oft.", "Sie gehen oft."),
    ("Voici la phrase corrigée :\n\n« Elle va bien. »", "Elle va bien.", "Elle vas bien."),
    ("Aquí tienes la oración corregida: Ella va bien.", "Ella va bien.", "Ella van bien."),
    ("La frase correcta es: Ella va bien.", "Ella va bien.", "Ella van bien."),
    ("Ecco la frase corretta: Lei va bene.", "Lei va bene.", "Lei vanno bene."),
    ("Исправленное предложение: Она ходит.", "Она ходит.", "Она ходить."),
    ("以下是修改后的句子：\n\n她每天去上学。", "她每天去上学。", "她每天去上学校。"),
    ("好的，以下是修改后的句子：“她每天去上学。”", "她每天去上学。", "她每天去上学校。"),
    ("原句：她每天去上学校。\n修改后：她每天去上学。", "她每天去上学。", "她每天去上学校。"),
    ("这句话的正确形式是：她每天去上学。", "她每天去上学。", "她每天去上学校。"),
    ("修正後の文：彼女は学校へ行く。", "彼女は学校へ行く。", "彼女は学校に行くます。"),
]

UNCHANGED = """
I'm sorry, but there are no errors in this sentence.
No changes are necessary. The sentence is correct as written.
This sentence is grammatically correct and does not need any changes.
Your sentence is perfect! No corrections needed.
[No corrections needed]
{S}⏎⏎This sentence is already correct.
"""

REFUSED = """
I'm sorry, but I can't help with that.
I’m sorry, I can’t assist with that.
I'm unable to assist with that request.
I won't be able to assist with that.
I cannot fulfill this request.
Sorry, I can't do that.
As an AI language model, I don't have personal opinions.
I'm just an AI and cannot do this.
I am programmed to be a safe AI assistant and cannot answer.
I do not feel comfortable correcting this sentence.
I must decline to answer this.
I refuse to correct this text.
I'm sorry, I don't understand the sentence.
Could you please clarify what you mean?
Please provide the text you'd like me to correct.
It looks like you haven't provided a sentence to correct.
This request goes against my guidelines.
I apologize, but I am unable to process this content as it contains explicit language.
I'm sorry, but I can't help with that.⏎⏎If you have any other questions, feel free to ask.
"I cannot assist with this."
很抱歉，我无法回答这个问题。
Es tut mir leid, aber ich kann dabei nicht helfen.
"""

LEFT_ALONE = [
    # the answer, and a source that has the same words, marks or lines
    ("Sure! Here is the corrected sentence: it is.", "Sure! Here is the correct sentence: it are."),
    ("Answer: she goes.", "Answer : she go ."),
    ("Answer: she goes.", "答案：她去。"),
    ("Note: the shop is closed.", "Note : the shop are closed."),
    ('"She goes," he said.', '"She go" he said.'),
    ('"A" and "B"', "A and B"),
    ('" A " is like " B . "', 'A are like " B " .'),
    ('"Hello"', "“Hello”"),
    ("[Editor: Chen]", "【编辑:陈】"),
    ("He said: let me know if you come.", "He said: let me know if you comes."),
    ("I'm sorry, but I can't help with that.", "I'm sorry but I cant help with that."),
    ("I'm sorry, but I can't help you with that.", "Es tut mir leid, ich kann dir nicht helfen."),
    ("This sentence is correct.", "This sentence are correct."),
    ("This sentence is correct.", "Dieser Satz ist korrekt."),
    ("Use <think> and </think>.", "Use <think> and </think> ."),
    ("Boil them for long.\n\nThe word long means eight minutes.", "How do I boil eggs?"),
    ("## How to boil eggs\nFor eight minutes.", "How do I boil eggs?"),
    ("Sure! I'll come tomorrow.", "Sure! I come tomorrow."),
    ("Thanks! Let me know if you need anything.", "Thanks! Let me know if you needs anything."),
    ("Hi Jo,\n\nThanks.\n\nBest regards,\nAn", "Hi Jo,\n\nThank.\n\nBest regards,\nAn"),
    ("It is bad.\n\nThe word is wrong.", "It are bad. The word is wrong."),
    ("It starts at 10:00.", "Es beginnt um 10 Uhr."),
    ("Say: `ls`.\n\n```\nls\n```\n\nThen stop.", "Say: `ls`.\n\n```\nls\n```\n\nThen stops."),
    ("One.\n\nNote: two.", "One.\n\nNote: too."),
    ("- one\n- two", "- one\n- too"),
    ("> a quotation", "> a qotation"),
    ('{"a": "b"}', '{"a": "c"}'),
    ("She **goes** to school.", "She go to school."),
    ("Hello world! Hello world!", "Hello world! hello world!"),
]


def listed(replies: str) -> list[str]:
    """The replies of a table, with the sentences in their places and `⏎` as the end of a line."""
    return [
        line.replace("⏎", "\n").format(T=TARGET, S=SOURCE, G=GERMAN)
        for line in replies.split("\n")
        if line
    ]
