"""The answer in the reply of a chat model: what remains without reasoning, chatter and wrapping."""

from ensemble.systems.reply.answer import answer_in
from ensemble.systems.reply.extract import Extract

__all__ = ["Extract", "answer_in"]
