"""Tests of finetune."""
