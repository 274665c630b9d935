"""Hostile screens: does an action that the person did not ask for ever reach an executor?"""
