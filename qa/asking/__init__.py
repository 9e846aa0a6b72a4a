"""What kind of question is asked, and which parts it names: a small trained model."""
