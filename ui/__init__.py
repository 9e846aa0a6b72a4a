"""The web chat.  It loads nothing from other hosts and sends nothing to them."""

import os

# Read by Gradio and its Hugging Face client when they are imported, which is later than this.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
os.environ.setdefault("HF_HUB_OFFLINE", "1")
