"""From a prompt to an answer: what is remembered, how tokens are chosen, when to stop."""
