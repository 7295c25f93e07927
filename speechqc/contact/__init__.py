"""Contact policy: may this customer be called now, by which rule not, and when again. Pure: no clock, no database."""
