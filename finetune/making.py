"""What a machine has made at set-up, gathered for the command line: embedder, shortlist, demo encoders, notes and grades."""

from finetune.demo import train_demo
from finetune.export import export_embedder
from finetune.grades import train_grades
from finetune.notes import train_notes
from finetune.routing import train_router

__all__ = ["export_embedder", "train_demo", "train_grades", "train_notes", "train_router"]
