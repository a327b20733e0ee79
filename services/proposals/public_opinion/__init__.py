"""Reports of public opinion 社情民意, an aggregate of their own."""
