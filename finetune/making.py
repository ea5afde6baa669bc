"""What a machine has made at set-up, gathered for the command line: embedder, shortlist, demo encoders."""

from finetune.demo import train_demo
from finetune.export import export_embedder
from finetune.routing import train_router

__all__ = ["export_embedder", "train_demo", "train_router"]
