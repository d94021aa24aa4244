"""The domain and its edges: profile, standard tables, conditioning, the lake. No learning library is loaded here."""
