"""The parts of a step, which agent.py puts together."""
