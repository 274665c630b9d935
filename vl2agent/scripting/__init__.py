"""The scripting surface: locators that wait by themselves, expectations, questions; async core and sync facade."""
