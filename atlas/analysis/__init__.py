"""Pure statistics: arrays or frames in, frozen dataclasses or arrays out."""
